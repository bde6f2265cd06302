/**
 * What one cluster sees of an ensemble that it shares: its own znodes, under the paths that it knows them by.
 *
 * A server of the ensemble tells of every transaction, whoever's it is. Who watches a cluster must hear of that cluster's
 * only, since ids of brokers, topics and partitions are each cluster's own.
 */
import { ModelObserver, pathBelow, ZkTransaction, type ZkChange } from '../../model/index.js';

/** A cluster's place in the ensemble, and who watches the cluster. */
export interface ChrootView {
  /** '' or '/a'. */
  readonly chroot: string;
  readonly observer: ModelObserver;
}

/** The observer of the servers of an ensemble: tells each cluster's watchers what concerns them. */
export class EnsembleObserver extends ModelObserver {
  private readonly views: readonly ChrootView[];
  private readonly chroots: readonly string[];

  constructor(views: readonly ChrootView[]) {
    super();
    this.views = views;
    this.chroots = views.map(({ chroot }) => chroot);
  }

  override zooKeeperCommitted(atUs: number, server: number, transaction: ZkTransaction): void {
    for (const { chroot, observer } of this.views) {
      const own = transactionBelow(chroot, this.chroots, transaction);
      observer.zooKeeperCommitted(atUs, server, own);
    }
  }

  override mark(atUs: number, name: string, subject: number): void {
    for (const { observer } of this.views) observer.mark(atUs, name, subject);
  }
}

/** The transaction as the cluster below a chroot knows it: perhaps without any change, since the order is everyone's. */
export function transactionBelow(
  chroot: string,
  chroots: readonly string[],
  { zxid, session, changes }: ZkTransaction,
): ZkTransaction {
  const own = changes.flatMap((change): ZkChange[] => {
    if (!('path' in change)) return [change];
    if (chrootOf(chroots, change.path) !== chroot) return [];
    return [{ ...change, path: pathBelow(chroot, change.path) }];
  });
  return new ZkTransaction(zxid, session, own);
}

/** The longest of the chroots that a path is at or below; null where there is none. */
export function chrootOf(chroots: readonly string[], path: string): string | null {
  let found: string | null = null;
  for (const chroot of chroots) {
    const isBelow = path === chroot || path.startsWith(`${chroot}/`);
    if (isBelow && (found === null || chroot.length > found.length)) found = chroot;
  }
  return found;
}
