/** What a station is when nobody says anything. */

/** The links and services of a configuration that has neither; everything else has its usual value in the tables. */
export const DEFAULT_LINKS_AND_SERVICES = `
links:
  - { name: cfdp, type: udp, listen: 127.0.0.1:5111, peer: 127.0.0.1:5222 }
services:
  - class: cfdp
    name: cfdp0
    localEntities: [{ id: 11, name: ground }]
    remoteEntities: [{ id: 5, name: craft }]
`
