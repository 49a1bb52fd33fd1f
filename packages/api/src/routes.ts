/** Where everything is. Names that come from outside are percent-encoded here and nowhere else. */

const encoded = (part: string): string => encodeURIComponent(part)
/** Slashes separate folders of an object's name and stay as they are. */
const encodedName = (name: string): string => name.split('/').map(encoded).join('/')

export const routes = {
  station: '/v1/station',
  transfers: '/v1/transfers',
  bulk: '/v1/transfers/actions',
  downloads: '/v1/downloads',
  transfer: (id: string): string => `/v1/transfers/${encoded(id)}`,
  action: (id: string, action: string): string => `/v1/transfers/${encoded(id)}/${encoded(action)}`,
  gaps: (id: string): string => `/v1/transfers/${encoded(id)}/gaps`,
  explanation: (id: string): string => `/v1/transfers/${encoded(id)}/explanation`,
  buckets: '/v1/buckets',
  bucket: (bucket: string): string => `/v1/buckets/${encoded(bucket)}`,
  objects: (bucket: string): string => `/v1/buckets/${encoded(bucket)}/objects`,
  object: (bucket: string, name: string): string =>
    `/v1/buckets/${encoded(bucket)}/objects/${encodedName(name)}`,
  links: '/v1/links',
  link: (link: string): string => `/v1/links/${encoded(link)}`,
  linkState: (link: string, state: 'up' | 'down'): string => `/v1/links/${encoded(link)}/${state}`,
  capture: (link: string): string => `/v1/links/${encoded(link)}/capture`,
  services: '/v1/services',
  service: (service: string): string => `/v1/services/${encoded(service)}`,
  entities: '/v1/entities',
  files: (entity: string): string => `/v1/entities/${encoded(entity)}/files`,
  contact: (entity: string): string => `/v1/entities/${encoded(entity)}/contact`,
  events: '/v1/events',
  stream: '/v1/stream',
  openapi: '/v1/openapi.json',
  metrics: '/metrics',
  healthz: '/healthz',
  readyz: '/readyz',
} as const
