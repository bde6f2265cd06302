/**
 * The promises that every state must keep. They are the lab's invariants, said of a state and its past:
 *
 * - AckedDurable (I1): an acknowledged record is in the log of every replica that may lead next.
 * - LeaderCompleteness (I2): so is every record that a high watermark has passed.
 * - LogMatching (I4): below the high watermarks of two replicas their logs are the same.
 * - HighWatermarkSound (I6): a high watermark does not pass the end of its log.
 *
 * OneLeaderPerEpoch (I3) is kept with the past (`ghost.ts`).
 */
import type { Breach, Ghost } from './ghost.js';
import type { ControllerLook, LocalLook, ReplicaLook } from './local-view.js';

/** A broker with its replica. */
export interface Member {
  readonly broker: number;
  readonly look: LocalLook;
}

/** The first promise that is broken, or null. */
export function brokenPromise(
  members: readonly Member[],
  controller: ControllerLook,
  ghost: Ghost,
  judged: 'candidates' | 'leaders' = 'candidates',
): Breach | null {
  for (const member of members) {
    const { replica } = member.look;
    if (replica === null) continue;
    const isJudged = judged === 'candidates' || leadsNow(replica, controller);
    const breach =
      unsound(member.broker, replica) ??
      (isJudged ? missing(member, replica, controller, ghost) : null);
    if (breach !== null) return breach;
  }
  return mismatch(members);
}

function unsound(broker: number, { highWatermark, values }: ReplicaLook): Breach | null {
  if (highWatermark <= values.length) return null;
  const message = `broker ${broker}: high watermark ${highWatermark} is past the log end offset ${values.length}`;
  return { invariant: 'HighWatermarkSound', message };
}

function missing(
  member: Member,
  replica: ReplicaLook,
  controller: ControllerLook,
  ghost: Ghost,
): Breach | null {
  if (!mayLead(member, replica, controller)) return null;
  const { broker } = member;
  const { acknowledged, committed } = ghost;
  for (let value = 0; value < acknowledged.length; value++) {
    const offset = acknowledged[value]!;
    if (offset < 0 || replica.values[offset] === value) continue;
    const message = `record ${value}, acknowledged at offset ${offset}, is not in the log of broker ${broker}, which ${role(member, replica)}`;
    return { invariant: 'AckedDurable', message };
  }
  for (let offset = 0; offset < committed.length; offset++) {
    if (replica.values[offset] === committed[offset]) continue;
    const message = `record ${committed[offset]!}, committed at offset ${offset}, is not in the log of broker ${broker}, which ${role(member, replica)}`;
    return { invariant: 'LeaderCompleteness', message };
  }
  return null;
}

/**
 * The life that is registered leads in the newest epoch, or is a member of the ISR or the ELR. (A loss of power begins
 * another life, which the controller must first hear of.)
 */
function mayLead(member: Member, replica: ReplicaLook, controller: ControllerLook): boolean {
  const { broker, look } = member;
  // A process that is not registered yet serves nobody, whatever role the metadata it has read give it.
  if (controller.lives !== null && controller.lives[broker] !== look.life) return false;
  if (replica.leaderEpoch >= 0) return leadsNow(replica, controller);
  return controller.isr.includes(broker) || controller.elr.includes(broker);
}

function leadsNow({ leaderEpoch }: ReplicaLook, controller: ControllerLook): boolean {
  return leaderEpoch >= 0 && leaderEpoch === controller.leaderEpoch;
}

function role({ look }: Member, replica: ReplicaLook): string {
  if (replica.leaderEpoch >= 0) return `leads in epoch ${replica.leaderEpoch}`;
  return look.isRunning ? 'may be elected' : 'may be elected once it is back';
}

function mismatch(members: readonly Member[]): Breach | null {
  for (const one of members) {
    for (const other of members) {
      if (one.broker >= other.broker) continue;
      const a = one.look.replica;
      const b = other.look.replica;
      if (a === null || b === null) continue;
      const end = Math.min(a.highWatermark, b.highWatermark);
      for (let offset = 0; offset < end; offset++) {
        if (a.values[offset] === b.values[offset] && a.epochs[offset] === b.epochs[offset])
          continue;
        const message = `offset ${offset}, below both high watermarks, holds record ${a.values[offset] ?? -1} of epoch ${a.epochs[offset] ?? -1} on broker ${one.broker} and record ${b.values[offset] ?? -1} of epoch ${b.epochs[offset] ?? -1} on broker ${other.broker}`;
        return { invariant: 'LogMatching', message };
      }
    }
  }
  return null;
}
