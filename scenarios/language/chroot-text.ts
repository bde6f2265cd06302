/** A chroot as written. */
import { zookeeperConnectProblem } from '../../model/config/broker-zookeeper-keys.js';

/** Reads `/kafka`: an absolute path that does not end in a slash. */
export function readChroot(raw: unknown): { readonly ok: boolean; readonly reason?: string } {
  const isPath =
    typeof raw === 'string' &&
    /^\/\S*$/.test(raw) &&
    zookeeperConnectProblem(raw) === null &&
    raw !== '/';
  if (isPath) return { ok: true };
  const given = raw === undefined ? 'nothing' : JSON.stringify(raw);
  return { ok: false, reason: `a chroot is a path such as "/kafka", not ${given}` };
}
