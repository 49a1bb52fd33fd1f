/** The native API as an OpenAPI document; a test holds it against the routes there are. */

const text = { type: 'string' } as const
const whole = { type: 'integer' } as const
const flag = { type: 'boolean' } as const
const orNull = (schema: object): object => ({ anyOf: [schema, { type: 'null' }] })
const listOf = (items: object): object => ({ type: 'array', items })
const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` })
const object = (
  properties: Record<string, object>,
  required: readonly string[] = Object.keys(properties),
): object => ({
  type: 'object',
  properties,
  required,
})

const SCHEMAS: object = {
  EntityRef: object({ id: text, name: orNull(text) }),
  Transfer: object({
    id: text,
    service: text,
    protocol: { enum: ['cfdp'] },
    direction: { enum: ['upload', 'download'] },
    local: ref('EntityRef'),
    remote: ref('EntityRef'),
    bucket: orNull(text),
    object: orNull(text),
    remotePath: orNull(text),
    state: {
      enum: ['queued', 'running', 'paused', 'waiting for contact', 'completed', 'failed', 'cancelled'],
    },
    size: orNull(whole),
    octets: whole,
    gaps: whole,
    rate: whole,
    created: text,
    start: orNull(text),
    end: orNull(text),
    reason: orNull(text),
    protocolId: text,
    explanation: text,
    class: { enum: [1, 2] },
    pdus: object({ sent: whole, received: whole, resent: whole }),
  }),
  TransferRequest: object(
    {
      bucket: text,
      object: text,
      to: text,
      path: text,
      service: text,
      from: text,
      class: { enum: [1, 2] },
      closure: flag,
    },
    ['bucket', 'object', 'to'],
  ),
  TransferPage: object({ transfers: listOf(ref('Transfer')), next: orNull(text) }),
  Gaps: object({
    id: text,
    size: orNull(whole),
    octets: whole,
    gaps: listOf({ type: 'array', items: whole, minItems: 2, maxItems: 2 }),
    count: whole,
  }),
  Bulk: object(
    {
      action: { enum: ['pause', 'resume', 'cancel', 'retry'] },
      ids: listOf(text),
      filter: { type: 'object' },
    },
    ['action'],
  ),
  Bucket: object({
    name: text,
    octets: whole,
    objects: whole,
    maxOctets: orNull(whole),
    maxObjects: orNull(whole),
  }),
  Object: object({ bucket: text, name: text, size: whole, created: text, arriving: { type: 'object' } }, [
    'bucket',
    'name',
    'size',
    'created',
  ]),
  Written: object({ bucket: text, name: text, size: whole, sha256: text }),
  Link: { type: 'object' },
  Service: { type: 'object' },
  Event: object({
    seq: whole,
    time: text,
    code: text,
    severity: { enum: ['info', 'warning', 'error'] },
    text,
    source: text,
    transfer: orNull(text),
  }),
  Error: object({ code: text, text, missing: listOf({ type: 'array' }) }, ['code', 'text']),
}

interface Operation {
  readonly summary: string
  readonly query?: readonly string[]
  readonly body?: object
  /** `octets`: an object's content. */
  readonly answer?: object | 'octets' | 'text' | 'nothing'
  readonly status?: number
}

const FILTERS = ['state', 'direction', 'service', 'remote', 'bucket', 'object', 'since', 'until']

/** Every route, by path and method. */
const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/v1/station': { get: { summary: 'Who answers', answer: { type: 'object' } } },
  '/v1/transfers': {
    get: {
      summary: 'Transfers, newest first',
      query: [...FILTERS, 'limit', 'after'],
      answer: ref('TransferPage'),
    },
    post: {
      summary: 'Send an object to a remote entity',
      body: ref('TransferRequest'),
      answer: ref('Transfer'),
      status: 201,
    },
  },
  '/v1/downloads': {
    post: {
      summary: 'Fetch a file from a remote entity',
      body: { type: 'object' },
      answer: ref('Transfer'),
      status: 201,
    },
  },
  '/v1/entities/{entity}/files': {
    get: {
      summary: 'The names in a remote directory, as last listed',
      query: ['path'],
      answer: { type: 'object' },
    },
    post: { summary: 'List it anew', query: ['path'], answer: { type: 'object' }, status: 202 },
  },
  '/v1/transfers/actions': {
    post: { summary: 'One action on many transfers', body: ref('Bulk'), answer: { type: 'object' } },
  },
  '/v1/transfers/{id}': { get: { summary: 'A transfer', answer: ref('Transfer') } },
  '/v1/transfers/{id}/gaps': { get: { summary: 'What is missing of it', answer: ref('Gaps') } },
  '/v1/transfers/{id}/explanation': {
    get: { summary: 'What it waits for and what happens next', answer: { type: 'object' } },
  },
  '/v1/transfers/{id}/{action}': {
    post: { summary: 'pause, resume, cancel or retry', answer: ref('Transfer') },
  },
  '/v1/buckets': {
    get: { summary: 'Buckets', answer: object({ buckets: listOf(ref('Bucket')) }) },
    post: { summary: 'Make a bucket', body: object({ name: text }), answer: ref('Bucket'), status: 201 },
  },
  '/v1/buckets/{bucket}': { get: { summary: 'A bucket', answer: ref('Bucket') } },
  '/v1/buckets/{bucket}/objects': {
    get: {
      summary: 'Objects in it, those still arriving included',
      query: ['prefix'],
      answer: object({ objects: listOf(ref('Object')) }),
    },
  },
  '/v1/buckets/{bucket}/objects/{name}': {
    get: { summary: 'Its content, or a range of it', query: ['follow'], answer: 'octets' },
    put: { summary: 'Write it', query: ['onExisting'], answer: ref('Written'), status: 201 },
    delete: { summary: 'Remove it', answer: 'nothing', status: 204 },
  },
  '/v1/links': { get: { summary: 'Links', answer: object({ links: listOf(ref('Link')) }) } },
  '/v1/links/{link}': {
    get: { summary: 'A link', answer: ref('Link') },
    patch: { summary: 'Impair an emulated one', body: { type: 'object' }, answer: ref('Link') },
  },
  '/v1/links/{link}/capture': {
    post: {
      summary: 'Begin a capture (pcap), or end it: null',
      body: object({ file: orNull(text) }),
      answer: ref('Link'),
    },
  },
  '/v1/links/{link}/{state}': { post: { summary: 'Command it up or down', answer: ref('Link') } },
  '/v1/services': { get: { summary: 'Services', answer: object({ services: listOf(ref('Service')) }) } },
  '/v1/services/{service}': { get: { summary: 'A service', answer: ref('Service') } },
  '/v1/entities': { get: { summary: 'Entities of all services', answer: { type: 'object' } } },
  '/v1/entities/{entity}/contact': {
    put: { summary: 'When it can be heard', body: { type: 'object' }, answer: { type: 'object' } },
  },
  '/v1/events': {
    get: {
      summary: 'Events after a number',
      query: ['after', 'limit'],
      answer: object({ events: listOf(ref('Event')), last: whole }),
    },
  },
  '/v1/stream': {
    get: { summary: 'WebSocket: what happens, as it happens', answer: 'nothing', status: 101 },
  },
  '/metrics': { get: { summary: 'For Prometheus', answer: 'text' } },
  '/healthz': { get: { summary: 'Whether the process lives', answer: { type: 'object' } } },
  '/readyz': { get: { summary: 'Whether it takes work', answer: { type: 'object' } } },
}

export const OPENAPI: object = {
  openapi: '3.1.0',
  info: {
    title: 'Skyferry',
    version: '1',
    description: 'A station: transfers, gaps, buckets, objects, links, services, entities, events.',
  },
  security: [{}, { token: [] }],
  paths: Object.fromEntries(
    Object.entries(OPERATIONS).map(([path, methods]) => [
      path,
      Object.fromEntries(Object.entries(methods).map(([method, each]) => [method, operation(path, each)])),
    ]),
  ),
  components: {
    schemas: SCHEMAS,
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
  },
}

function operation(
  path: string,
  { summary, query = [], body, answer = 'nothing', status = 200 }: Operation,
): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: text,
  }))
  const inQuery = query.map(name => ({ name, in: 'query', required: false, schema: text }))
  return {
    summary,
    parameters: [...inPath, ...inQuery],
    ...(body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: body } } } }),
    responses: {
      [status]: { description: summary, ...contentOf(answer) },
      default: { description: 'Why not', content: { 'application/json': { schema: ref('Error') } } },
    },
  }
}

function contentOf(answer: NonNullable<Operation['answer']>): object {
  if (answer === 'nothing') return {}
  if (answer === 'octets') return { content: { 'application/octet-stream': {} } }
  if (answer === 'text') return { content: { 'text/plain': {} } }
  return { content: { 'application/json': { schema: answer } } }
}
