/** What comes over the WebSocket at `/v1/stream`: one JSON object per message. */
import type { StationEvent } from './events.ts'
import type { LinkStatus } from './links.ts'
import type { Transfer } from './transfers.ts'

export type StreamMessage =
  /** First: who answers. What is open follows as one `transfer` each, what links there are as one `link` each. */
  | { readonly type: 'hello'; readonly time: string; readonly station: string; readonly lastEvent: number }
  | { readonly type: 'transfer'; readonly time: string; readonly transfer: Transfer }
  | { readonly type: 'link'; readonly time: string; readonly link: LinkStatus }
  | { readonly type: 'event'; readonly time: string; readonly event: StationEvent }
  /** The client was too slow: so many messages were left out. It should ask for the lists again. */
  | { readonly type: 'missed'; readonly time: string; readonly count: number }
