// The trust block: attributes of <html>, filled by the server from the centre's configuration.

import type { Trust } from './door/commands.ts'
import { unhex } from './door/bytes.ts'

/** Throws RangeError when the page was served without its centre: then no chat may start. */
export function readTrust(data: DOMStringMap, buildDate: number): Trust {
  const roots = (data.roots ?? '').split(',').filter((root) => root !== '')
  const epoch = Number(data.minRosterEpoch)
  if (roots.length === 0) throw new RangeError('no root')
  if (!Number.isInteger(epoch) || epoch < 0 || epoch > 0xffff) throw new RangeError('no roster epoch')
  return {
    centreId: unhex(data.centreId ?? '', 16),
    roots: roots.map((root) => unhex(root, 32)),
    minRosterEpoch: epoch,
    buildDate,
  }
}
