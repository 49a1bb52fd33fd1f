import { expect, it } from 'vitest'
import { CFDP_SEED } from './cfdp-seed.ts'
import { CFDP_STANDARD } from './cfdp-standard.ts'
import { conformancePage } from './document.ts'

const ABOUT = `Written by \`npm run conformance\` from the marks in the tests. Each test that is named here has the sentence for
its title or beside it. A gap is shown as a gap.`

it('docs/conformance/cfdp.md is what the marks in the tests say', async () => {
  const page = conformancePage('CFDP: sentence by sentence', ABOUT, [
    { heading: 'The service our users know', mark: 'seed', sentences: CFDP_SEED },
    { heading: 'CCSDS 727.0-B-5, by procedure', mark: 'standard', sentences: CFDP_STANDARD },
  ])
  await expect(page).toMatchFileSnapshot('../docs/conformance/cfdp.md')
})
