/** One measured transfer, whoever made it. */
export interface Transfer {
  /** From the first octet read until the sender knows that the file is written. */
  readonly seconds: number
  readonly octets: number
  /** Processor time of both processes, start-up included; undefined where it could not be learned. */
  readonly cpuSeconds: number | undefined
  /** Datagrams with file data sent, over those the file needs. */
  readonly sentOverNeeded: number | undefined
}

/** A contender: moves `source` to `target`, once, with datagrams of `pduOctets`. */
export interface Contender {
  readonly name: string
  transfer(source: string, target: string, pduOctets: number): Promise<Transfer>
}

export const rateOf = ({ octets, seconds }: Transfer): number => octets / seconds
