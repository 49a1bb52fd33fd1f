/** Reads what several PDUs share: condition codes, sizes, length-value fields, entity ids. */
import { Reader } from '@skyferry/octets'
import type { CfdpFault, CfdpFaultCode } from './faults.ts'
import type { ConditionCode, EntityId } from './model.ts'
import { textFrom } from './names.ts'

/** An entity id and the octets it was written with. */
export interface SizedId {
  readonly id: EntityId
  readonly length: number
}

/** A reader whose faults are ours. */
export class PduReader extends Reader {
  readonly #octets: Uint8Array

  constructor(octets: Uint8Array, from: number = 0, to: number = octets.length) {
    super(octets, from, to)
    this.#octets = octets
  }

  override get fault(): CfdpFault | undefined {
    return super.fault as CfdpFault | undefined
  }

  override fail(code: CfdpFaultCode, at: number = this.offset): void {
    super.fail(code, at)
  }

  /** The octet `ahead` of the next one, without reading it; undefined beyond the end. */
  peek(ahead: number): number | undefined {
    return ahead < this.remaining ? this.#octets[this.offset + ahead] : undefined
  }

  /** The next `length` octets as a reader of their own. */
  sub(length: number): PduReader {
    const from = this.offset
    this.skip(length)
    return new PduReader(this.#octets, from, this.offset)
  }

  /** What was wrong with a part is wrong with the whole; and a part is read to its end. */
  absorb(part: PduReader): void {
    if (part.fault !== undefined) this.fail(part.fault.code, part.fault.offset)
    else if (part.remaining > 0) this.fail('trailing-bytes', part.offset)
  }

  /** A size, offset or progress: 4 octets, or 8 where the header's large-file flag is set (section 5.1). */
  size(header: { readonly largeFile: boolean }): number {
    return header.largeFile ? this.u64() : this.u32()
  }

  /** The value of an LV (section 5.1): one octet of length, then as many. */
  lv(): Uint8Array {
    return this.bytes(this.u8())
  }

  name(): string {
    return textFrom(this.lv())
  }

  /** The rest as an entity id. */
  entityId(): SizedId {
    const length = this.remaining
    if (length < 1 || length > 8) this.fail('bad-entity-id-length', this.offset)
    return { id: this.big(Math.min(length, 8)) as EntityId, length }
  }

  /** A condition code (section 5.2.2) that stood in the octet at `at`: 12 and 13 are reserved. */
  condition(code: number, at: number): ConditionCode {
    if (code === 12 || code === 13) this.fail('reserved-condition-code', at)
    return code as ConditionCode
  }
}
