/** The tree of znodes for people to read: a line for each, indented by its depth. */
import type { ZnodeFields, ZnodeReport, ZnodeTree } from '../scenarios/index.js';
import { colours, columns } from './terminal.js';

/** Which server it is of, then one znode a line: path, version, czxid, owner and data. Ends in a line break. */
export function znodeText({ server, znodes }: ZnodeTree): string {
  const title = colours.bold('znodes');
  if (server === null) return `${title}: every ZooKeeper server is down\n`;
  const rows = znodes.map(({ path, version, czxid, ephemeralOwner, data }) => [
    path,
    `version ${String(version)}`,
    `czxid ${czxid}`,
    ephemeralOwner === null ? '' : ownerText(ephemeralOwner),
    data === null ? '' : dataText(data),
  ]);
  return `${[`${title} of zookeeper ${String(server)}`, ...columns(rows, '  ')].join('\n')}\n`;
}

function ownerText({ session, broker }: NonNullable<ZnodeReport['ephemeralOwner']>): string {
  const owner = broker === null ? 'ephemeral of' : `ephemeral of broker ${String(broker)},`;
  return `${owner} session ${String(session)}`;
}

/** `{leader 1, leaderEpoch 3, isr [1 2], controllerEpoch 2}`. */
function dataText(data: NonNullable<ZnodeReport['data']>): string {
  if (typeof data !== 'object') return String(data);
  const fields = Object.entries(data).map(([name, value]) => `${name} ${valueText(value)}`);
  return `{${fields.join(', ')}}`;
}

function valueText(value: NonNullable<ZnodeFields[string]> | null): string {
  if (value === null) return 'none';
  if (typeof value !== 'object') return String(value);
  return `[${value.map((member) => valueText(member as number)).join(' ')}]`;
}
