/** A measured figure, and the two ways it is shown: a row of a table, a line of JSON. */
import { type Summary, summarise } from './samples.ts'

export interface Goal {
  readonly relation: '≥' | '≤'
  readonly value: number
  /** What is to meet it: the figure itself, or its ratio to the baseline. */
  readonly of: 'value' | 'ratio'
}

export interface Figure {
  readonly bench: string
  readonly case: string
  readonly figure: string
  readonly unit: string
  /** One per run; the median stands for them all. */
  readonly samples: readonly number[]
  /** What the same run measured of something to compare with. */
  readonly baseline?: { readonly name: string; readonly value: number }
  /** Ratios of pairs measured side by side, where there are any; else the ratio is value over baseline. */
  readonly ratios?: readonly number[]
  /** From the design, section 5; absent where it names none. */
  readonly goal?: Goal
  /** What a reader must know to take the figure for what it is. */
  readonly note?: string
}

export const atLeast = (value: number): Goal => ({ relation: '≥', value, of: 'value' })
export const atMost = (value: number): Goal => ({ relation: '≤', value, of: 'value' })
export const ratioAtLeast = (value: number): Goal => ({ relation: '≥', value, of: 'ratio' })

function ratioOf(figure: Figure, summary: Summary): number | undefined {
  return (
    spreadOf(figure)?.median ??
    (figure.baseline === undefined ? undefined : summary.median / figure.baseline.value)
  )
}

/** The ratios of the single pairs, where pairs were measured. */
function spreadOf({ ratios }: Figure): Summary | undefined {
  return ratios === undefined || ratios.length === 0 ? undefined : summarise(ratios)
}

/** The line that `--json` prints; `value` is the median, and what does not apply is null. */
export function toJson(figure: Figure): string {
  const summary = summarise(figure.samples)
  const spread = spreadOf(figure)
  return JSON.stringify({
    type: 'figure',
    bench: figure.bench,
    case: figure.case,
    figure: figure.figure,
    value: tidy(summary.median),
    unit: figure.unit,
    baseline: figure.baseline === undefined ? null : tidy(figure.baseline.value),
    ratio: tidyOrNull(ratioOf(figure, summary)),
    ratioMin: tidyOrNull(spread?.min),
    ratioMean: tidyOrNull(spread?.mean),
    ratioMax: tidyOrNull(spread?.max),
    baselineName: figure.baseline?.name ?? null,
    goal: figure.goal === undefined ? null : `${figure.goal.of} ${figure.goal.relation} ${figure.goal.value}`,
    runs: summary.runs,
    min: tidy(summary.min),
    mean: tidy(summary.mean),
    max: tidy(summary.max),
    note: figure.note ?? null,
  })
}

/** A bench's figures as a table for people. Short of a goal is said, in words, and nothing more comes of it. */
export function toTable(figures: readonly Figure[]): string {
  const head = ['case', 'figure', 'median', 'min', 'max', 'unit', 'runs', 'beside', 'ratio', 'goal', '']
  const rows = figures.map(figure => {
    const summary = summarise(figure.samples)
    const ratio = ratioOf(figure, summary)
    return [
      figure.case,
      figure.figure,
      readable(summary.median),
      summary.runs > 1 ? readable(summary.min) : '',
      summary.runs > 1 ? readable(summary.max) : '',
      figure.unit,
      String(summary.runs),
      figure.baseline === undefined ? '' : `${figure.baseline.name} ${readable(figure.baseline.value)}`,
      ratio === undefined ? '' : withSpread(ratio, spreadOf(figure)),
      figure.goal === undefined ? '' : `${figure.goal.relation} ${readable(figure.goal.value)}`,
      verdict(figure.goal, summary.median, ratio),
    ]
  })
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map(row => row[column]!.length), title.length),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        isNumeric(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd()
  const notes = [
    ...new Set(
      figures.flatMap(figure => (figure.note === undefined ? [] : [`${figure.case}: ${figure.note}`])),
    ),
  ]
  return [line(head), ...rows.map(line), ...notes.map(note => `  ${note}`)].join('\n')
}

function withSpread(ratio: number, spread: Summary | undefined): string {
  if (spread === undefined || spread.runs === 1) return ratio.toFixed(3)
  return `${ratio.toFixed(3)} (${spread.min.toFixed(3)}–${spread.max.toFixed(3)})`
}

/** Columns of numbers stand right. */
const isNumeric = (column: number): boolean => (column >= 2 && column <= 4) || column === 6 || column === 8

function verdict(goal: Goal | undefined, value: number, ratio: number | undefined): string {
  if (goal === undefined) return ''
  const measured = goal.of === 'value' ? value : ratio
  if (measured === undefined) return 'not compared'
  const share = goal.relation === '≥' ? measured / goal.value : goal.value / measured
  if (share >= 1) return 'met'
  return share >= 0.5 ? 'short of the goal' : 'below half of the goal'
}

/** Numbers as a person reads them: thousands apart, about four digits that mean something. */
export function readable(value: number): string {
  const size = Math.abs(value)
  if (size >= 1000) return Math.round(value).toLocaleString('en-US')
  if (size >= 100) return value.toFixed(1)
  if (size >= 1) return value.toFixed(3)
  return size === 0 ? '0' : value.toPrecision(3)
}

function tidy(value: number): number {
  return Number(value.toPrecision(6))
}

function tidyOrNull(value: number | undefined): number | null {
  return value === undefined ? null : tidy(value)
}
