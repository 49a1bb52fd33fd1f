import type { Link, LinkEvents, Slot } from '@skyferry/engine'

/**
 * A link some of whose datagrams do not arrive: `isLost` is asked about each as it arrives, in order of arrival. The
 * datagram has cost the medium its time by then, as one lost on the air has.
 */
export function lossyArrivals<Address>(
  link: Link<Address>,
  isLost: (datagram: Uint8Array) => boolean,
): Link<Address> {
  return {
    lease: (): Slot<Address> | undefined => link.lease(),
    send: slot => link.send(slot),
    release: slot => link.release(slot),
    open: (events: LinkEvents<Address>) =>
      link.open({
        datagram: (bytes, from) => {
          if (!isLost(bytes)) events.datagram(bytes, from)
        },
        turn: () => events.turn(),
      }),
    close: () => link.close(),
  }
}
