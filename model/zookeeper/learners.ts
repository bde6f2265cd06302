/** The followers that a leader is connected to. */
import type { ConnectionId, HostContext, Message } from '../../sim/index.js';
import { SYNC_LIMIT_US, INIT_LIMIT_US } from './ensemble-config.js';
import type { Learner, LeadingState } from './server-state.js';

/** The learner of a connection, or undefined. */
export function learnerOf(leading: LeadingState, connection: ConnectionId): Learner | undefined {
  return leading.learners.find((learner) => learner.connection === connection);
}

/** Ends the connection of a learner; it will look for a leader again. */
export function dropLearner(leading: LeadingState, learner: Learner, context: HostContext): void {
  forgetLearner(leading, learner);
  context.close(learner.connection);
}

export function forgetLearner(leading: LeadingState, learner: Learner): void {
  const index = leading.learners.indexOf(learner);
  if (index >= 0) leading.learners.splice(index, 1);
}

/** Sends to all that were sent the leader's log. */
export function sendToSynced(leading: LeadingState, message: Message, context: HostContext): void {
  for (const { phase, connection } of leading.learners) {
    if (phase === 'synced' || phase === 'active') context.send(connection, message);
  }
}

/** A proposal went out: one at a time is watched for its acknowledgement (LearnerHandler.SyncLimitCheck). */
export function watchProposal(leading: LeadingState, zxid: number, nowUs: number): void {
  for (const learner of leading.learners) {
    if (learner.phase !== 'active' || learner.watchedZxid !== 0) continue;
    learner.watchedZxid = zxid;
    learner.watchedSinceUs = nowUs;
  }
}

/** The learner has flushed everything up to a zxid. */
export function noteAck(
  learner: Learner,
  zxid: number,
  lastProposedZxid: number,
  nowUs: number,
): void {
  learner.ackedZxid = Math.max(learner.ackedZxid, zxid);
  if (learner.watchedZxid === 0 || zxid < learner.watchedZxid) return;
  learner.watchedZxid = zxid < lastProposedZxid ? lastProposedZxid : 0;
  learner.watchedSinceUs = nowUs;
}

/** Ends the connections of learners that say nothing, or do not acknowledge, for too long. */
export function dropSilentLearners(leading: LeadingState, context: HostContext): void {
  const nowUs = context.nowUs();
  for (const learner of leading.learners.slice()) {
    const limitUs = learner.phase === 'active' ? SYNC_LIMIT_US : INIT_LIMIT_US;
    const isSilent = nowUs - learner.heardAtUs > limitUs;
    const isBehind = learner.watchedZxid !== 0 && nowUs - learner.watchedSinceUs > SYNC_LIMIT_US;
    if (isSilent || isBehind) dropLearner(leading, learner, context);
  }
}
