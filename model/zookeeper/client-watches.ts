/**
 * The watches of a client (ZooKeeper.ZKWatchManager): it knows which are set, so that it can set them again at another
 * server. A path may be watched for its data, for its coming into being, and for its children.
 */
import { SetWatches, type WatcherEvent } from './client-messages.js';
import { pathBelow } from './client-calls.js';
import type { ZkClientState } from './client-state.js';

/** A watch fired: it is gone. Nobody hears of one that the client does not have. */
export function onWatcherEvent(client: ZkClientState, { path, event }: WatcherEvent): void {
  const { dataWatches, existWatches, childWatches } = client;
  let isKnown = false;
  if (event !== 'NodeChildrenChanged') {
    isKnown = dataWatches.delete(path);
    isKnown = existWatches.delete(path) || isKnown;
  }
  if (event === 'NodeChildrenChanged' || event === 'NodeDeleted') {
    isKnown = childWatches.delete(path) || isKnown;
  }
  if (isKnown) client.events.push({ type: 'watch', path: pathBelow(client.chroot, path), event });
}

/** What a client tells the server that it has come to, or null where it watches nothing. */
export function watchesToSet(client: ZkClientState): SetWatches | null {
  const { dataWatches, existWatches, childWatches, lastZxid } = client;
  if (dataWatches.size + existWatches.size + childWatches.size === 0) return null;
  return new SetWatches(lastZxid, [...dataWatches], [...existWatches], [...childWatches]);
}
