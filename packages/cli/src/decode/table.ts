/** A described PDU as text in aligned columns. Pure. */

/** One field of a PDU; what `describePdu` of @skyferry/cfdp gives. */
export interface Field {
  readonly name: string
  readonly value: string
  /** Half-open, from the front of the datagram. */
  readonly octets: { readonly from: number; readonly to: number }
  /** Where it is only a part of its octet: `7` or `7-4`. */
  readonly bits?: string
  readonly section: string
  readonly note?: string
  readonly fields?: readonly Field[]
}

const HEADINGS: Row = ['octets', 'bits', 'field', 'value', 'section', '']
const VALUE_COLUMNS_MAX = 60

type Row = readonly [octets: string, bits: string, name: string, value: string, section: string, note: string]

/** Octets are counted from 0, and a range shows its first and its last. */
export function table(fields: readonly Field[]): string {
  const rows = [HEADINGS, ...fields.flatMap(field => rowsOf(field, 0))]
  const widths = HEADINGS.map((_, column) =>
    Math.min(column === 3 ? VALUE_COLUMNS_MAX : Infinity, longest(rows.map(row => row[column]!))),
  )
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function rowsOf(field: Field, depth: number): Row[] {
  const { from, to } = field.octets
  const octets = to - from <= 1 ? String(from) : `${from}-${to - 1}`
  const name = '  '.repeat(depth) + field.name
  const note = field.note === undefined ? '' : `! ${field.note}`
  const row: Row = [to === from ? '' : octets, field.bits ?? '', name, field.value, field.section, note]
  return [row, ...(field.fields ?? []).flatMap(each => rowsOf(each, depth + 1))]
}

function longest(cells: readonly string[]): number {
  return cells.reduce((length, cell) => Math.max(length, cell.length), 0)
}
