/** The options of the station itself: its name, its HTTP, its buckets. */
import { createHash } from 'node:crypto'
import { fieldsOf, listOf } from './composite-types.ts'
import type {
  BucketConfig,
  HttpConfig,
  Role,
  StationConfig,
  TlsConfig,
  TokenConfig,
} from './configuration.ts'
import type { Table, ValueType } from './option-table.ts'
import type { Problems } from './problems.ts'
import { LISTEN, NAME, oneOf, size, text, yamlText } from './value-types.ts'
import type { Tree } from './yaml-tree.ts'

export const STATION: Table<StationConfig> = {
  name: { type: NAME, usual: 'ground', about: 'What this station is called in events and on its page' },
  dataDir: {
    type: text('a folder', 1024),
    usual: './data',
    about: 'Where the journal, the history and the buckets live, relative to the folder of this file',
  },
}

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin']

/** A token as written, or its digest: what is kept and printed is the digest, always. */
const TOKEN: ValueType<string> = {
  what: 'a text of at least 8 characters, or sha256: and its SHA-256 in hexadecimal',
  read: (tree, problems) => {
    const read = text('a token', 1024).read(tree, problems)
    if (read === undefined) return undefined
    const digest = /^sha256:([0-9a-f]{64})$/i.exec(read)?.[1]
    if (digest !== undefined) return digest.toLowerCase()
    if (read.length < 8 || /^sha256:/i.test(read)) {
      const why =
        read.length < 8 ? 'is shorter than 8 characters' : 'is not sha256: and 64 hexadecimal digits'
      problems.error('config-bad-value', tree.place, tree.path, why)
      return undefined
    }
    if (read.length < 20) {
      problems.warn(
        'weak-token',
        tree.place,
        tree.path,
        'is short enough to be guessed; 20 random characters are not',
      )
    }
    return createHash('sha256').update(read).digest('hex')
  },
  write: digest => ({ kind: 'inline', text: yamlText(`sha256:${digest}`) }),
}

export const TOKENS: Table<{ name: string; role: Role; token: string }> = {
  name: { type: NAME, usual: 'token', about: 'Whose token it is; events say so' },
  role: {
    type: oneOf(ROLES, 'one of'),
    usual: 'admin',
    about:
      'What it may do: a viewer looks, an operator also transfers, an admin also changes buckets and links',
  },
  token: { type: TOKEN, required: true, about: 'The secret; only its digest is kept and printed' },
}

/** Also a bare text: a token that may do everything. */
const TOKEN_ITEM: ValueType<TokenConfig> = {
  what: `a token, or a map of name, role and token`,
  read: (tree: Tree, problems: Problems) => {
    if (tree.kind === 'scalar') {
      const sha256 = TOKEN.read(tree, problems)
      return sha256 === undefined ? undefined : { name: 'token', role: 'admin', sha256 }
    }
    const read = fieldsOf('a token', TOKENS).read(tree, problems)
    return read === undefined ? undefined : { name: read.name, role: read.role, sha256: read.token }
  },
  write: ({ name, role, sha256 }, writing) =>
    fieldsOf('a token', TOKENS).write({ name, role, token: sha256 }, writing),
}

export const TLS: Table<TlsConfig> = {
  cert: { type: text('a file', 1024), required: true, about: 'The certificate and its chain, PEM' },
  key: { type: text('a file', 1024), required: true, about: 'Its private key, PEM' },
}

export const HTTP: Table<HttpConfig> = {
  listen: {
    type: LISTEN,
    usual: { host: '127.0.0.1', port: 8090 },
    about: 'Where the API and the console are; other addresses than loopback need tokens',
  },
  tokens: {
    type: listOf(TOKEN_ITEM),
    usual: [],
    about: 'Who may come in; without any, everybody on this machine',
  },
  tls: { type: fieldsOf('a map of cert and key', TLS), about: 'HTTPS instead of HTTP' },
}

/** Types that will exist, and do not yet. */
export const COMING_BUCKETS: readonly string[] = ['s3']

export const BUCKET: Table<BucketConfig> = {
  name: { type: NAME, required: true, about: 'The name of the bucket' },
  type: { type: oneOf(['folder'], 'one of'), usual: 'folder', about: 'Where its objects are' },
  path: {
    type: text('a folder', 1024),
    usually: '`dataDir`/buckets/`name`',
    about: 'The folder, relative to the folder of this file',
  },
  quota: {
    type: size(0, Number.MAX_SAFE_INTEGER, { unlimited: Infinity }),
    usual: Infinity,
    about: 'What all objects together may take; a reception that would take more is refused',
  },
}
