import { describe, expect, it } from 'vitest';
import { MetadataBatch, RecordBatch } from '../../model/index.js';
import { Forker } from '../../sim/index.js';
import { MetadataTruth } from '../run/metadata-truth.js';
import { watchersOf } from '../run/watcher.js';
import { INVARIANT_DOCS } from './catalogue.js';
import { InvariantSuite } from './invariant-suite.js';
import { ScriptedHistory } from './scripted-history.js';
import { INVARIANTS } from '../language/invariants.js';

/** Epoch 1 goes to broker 2 with that ISR, which begins to lead. */
function failOver(history: ScriptedHistory, isr: readonly number[] = [2, 3]): ScriptedHistory {
  return history.grant(2, isr).lead(2, 1).follow(3, 1, 2);
}

describe('I1 AckedDurable', () => {
  it('breaks when a new leader lacks a record that was acknowledged with acks=all', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    // The leader acknowledges what only it and broker 3 have; broker 2 is elected.
    const batch = history.batch(1, 0, 11);
    history.replicate(batch, 1, 3).advance(1, 2).acked(11, 1);
    failOver(history);
    expect(history.violations).toContain('I1');
    expect(history.messageOf('I1')).toBe(
      'orders-0 lost 1 acknowledged record at offsets [1,2), values 11: acked with acks=all by broker 1 (leader epoch 0), ' +
        'the last at t=21ms; broker 2 leads epoch 1 without them, its log ending at 1',
    );
    expect(history.suite.lostRecords).toBe(1);
  });

  it('holds when the record that is gone was never acknowledged', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.replicate(history.batch(1, 0, 11), 1, 3);
    failOver(history);
    expect(history.violations).toEqual([]);
    expect(history.expectedLosses).toEqual([]);
  });

  it('sees a record acknowledged before the high watermark passed it, and lost with its leader', () => {
    const history = ScriptedHistory.settled();
    history.replicate(history.batch(0, 0, 10), 1).acked(10, 0);
    expect(history.violations).toEqual([]);
    failOver(history);
    expect(history.violations).toEqual(['I1']);
  });

  it('sees a success that reaches the client after the record was lost', () => {
    const history = ScriptedHistory.settled();
    history.replicate(history.batch(0, 0, 10), 1);
    failOver(history);
    history.replicate(history.batch(0, 1, 12), 2, 3).advance(2, 1);
    expect(history.violations).toEqual([]);
    history.acked(10, 0);
    expect(history.violations).toEqual(['I1']);
  });

  it('calls the loss of acks=1 expected', () => {
    const history = ScriptedHistory.settled({ acks: '1' });
    history.replicate(history.batch(0, 0, 10), 1).acked(10, 0);
    failOver(history);
    expect(history.violations).toEqual([]);
    expect(history.suite.breaches.expectedLosses).toMatchObject([
      { breach: { invariant: 'I1' }, broken: 'the producer asked for acks=1' },
    ]);
  });

  it('finds acks=1 records among those committed since (the early ones are swept)', () => {
    const history = ScriptedHistory.settled({ acks: '1' });
    for (let offset = 0; offset < 200; offset++) {
      history.replicate(history.batch(offset, 0, offset), 1, 2, 3).acked(offset, offset);
      history.advance(1, offset + 1);
    }
    failOver(history);
    expect(history.expectedLosses).toEqual([]);
    expect(history.suite.lostRecords).toBe(0);
  });
});

describe('I2 LeaderCompleteness and I6 HWMonotone', () => {
  it('break when a leader begins without committed records', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.replicate(history.batch(1, 0, 11), 1, 3).advance(1, 2);
    failOver(history);
    expect(history.violations).toEqual(expect.arrayContaining(['I2', 'I6']));
    expect(history.messageOf('I2')).toContain('without the committed offsets [1,2)');
    expect(history.messageOf('I6')).toContain('the true high watermark fell from 2 to 1');
  });

  it('hold when the new leader has everything, and for its lagging own high watermark', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.produce(1, 0, 11);
    history.learn(2, 1);
    failOver(history).advance(2, 2);
    expect(history.violations).toEqual([]);
  });

  it('go on from what the new leader has: one loss is told once', () => {
    const history = ScriptedHistory.settled({ unclean: true });
    history.produce(0, 0, 10);
    history.replicate(history.batch(1, 0, 11), 1, 3).advance(1, 2);
    failOver(history);
    const told = history.expectedLosses.length;
    history.truncate(3, 1);
    history
      .replicate(history.batch(1, 1, 12), 2, 3)
      .advance(2, 2)
      .learn(3, 2);
    history.grant(3, [3, 2]).lead(3, 2).follow(2, 2, 3);
    expect(history.expectedLosses).toHaveLength(told);
    expect(history.violations).toEqual([]);
  });

  it('hold while a restarted broker leads its old epoch again, which it was not given in this incarnation', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.die(1, 'power-loss').start(1, 0).lead(1, 0);
    expect(history.violations).toEqual([]);
    history.commit(history.registration(1), history.change({ leader: 2, isr: [2, 3] }));
    history.lead(2, 1).follow(3, 1, 2).follow(1, 1, 2);
    expect(history.violations).toEqual([]);
    history.unfence(1).grant(1, [1]).lead(1, 2);
    expect(history.violations).toContain('I2');
  });

  it('break when a leader of an older epoch commits what the newer leader lacks', () => {
    const history = ScriptedHistory.settled();
    history.replicate(history.batch(0, 0, 10), 1, 3);
    failOver(history);
    history.advance(1, 1);
    expect(history.messageOf('I2')).toContain('which broker 2, leading epoch 1, does not hold');
  });

  it('hold when an older leader hears late of what the newer one has as well', () => {
    const history = ScriptedHistory.settled();
    history.replicate(history.batch(0, 0, 10), 1, 2, 3);
    failOver(history);
    history.advance(1, 1);
    expect(history.violations).toEqual([]);
  });

  it('break when a leader takes its high watermark back within its epoch', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.produce(1, 0, 11);
    history.advance(1, 1);
    expect(history.violations).toEqual(['I6']);
    expect(history.messageOf('I6')).toContain('leading epoch 0, fell from 2 to 1');
  });
});

describe('I3 LogMatching', () => {
  it('breaks when a follower keeps a record that the leader replaced', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.replicate(history.batch(1, 0, 11), 1, 3);
    failOver(history);
    history.replicate(history.batch(1, 1, 12), 2).advance(2, 2);
    history.learn(3, 2);
    expect(history.violations).toContain('I3');
    expect(history.messageOf('I3')).toBe(
      'orders-0 offset 1: broker 3, high watermark 2, holds value 11 of leader epoch 0 in a batch at 1; committed is value 12 of leader epoch 1',
    );
  });

  it('holds when the follower truncated first', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    const lost = history.batch(1, 0, 11);
    history.replicate(lost, 1, 3);
    failOver(history);
    const kept = history.batch(1, 1, 12);
    history.truncate(3, 1).replicate(kept, 2, 3).advance(2, 2).learn(3, 2);
    expect(history.violations).toEqual([]);
  });
});

describe('I4 HWSound', () => {
  it('breaks when the high watermark passes a member of the ISR', () => {
    const history = ScriptedHistory.settled();
    history.replicate(history.batch(0, 0, 10), 1, 2).advance(1, 1);
    expect(history.violations).toEqual(expect.arrayContaining(['I4', 'I5']));
    expect(history.messageOf('I4')).toContain('ISR member 3 holds the committed log only below 0');
  });

  it('holds when that replica had left the ISR', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1, 2]);
    history.replicate(history.batch(0, 0, 10), 1, 2).advance(1, 1);
    expect(history.violations).toEqual([]);
  });

  it('breaks when a replica below the high watermark joins (KIP-497)', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1, 2]);
    history.replicate(history.batch(0, 0, 10), 1, 2).advance(1, 1);
    history.alterIsr(1, [1, 2, 3]);
    expect(history.violations).toEqual(expect.arrayContaining(['I4', 'I5']));
  });

  it('holds when it joins with everything', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1, 2]);
    const batch = history.batch(0, 0, 10);
    history.replicate(batch, 1, 2).advance(1, 1).copy(3, batch);
    history.alterIsr(1, [1, 2, 3]);
    expect(history.violations).toEqual([]);
  });
});

describe('I5 CandidateComplete', () => {
  it('breaks when a broker that lost its log stays a candidate after it registered', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.die(3, 'power-loss').start(3, 0);
    expect(history.violations).toEqual([]);
    history.register(3);
    expect(history.violations).toContain('I5');
    expect(history.messageOf('I5')).toContain('ISR member 3 holds the committed log only below 0');
  });

  it('holds when its registration takes it out of the ISR in the same batch', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.die(3, 'power-loss').start(3, 0);
    history.commit(history.registration(3), history.change({ isr: [1, 2] }));
    expect(history.violations).toEqual([]);
  });

  it('holds while a dead broker that lost its disk is fenced into the eligible leader replicas', () => {
    const history = ScriptedHistory.settled();
    history.suite.hostStarted(0, 1);
    history.unfence(2).produce(0, 0, 10);
    history.alterIsr(1, [1, 2]).die(2, 'power-loss').die(2, 'disk-loss');
    history.commit(
      history.fencing(2, true),
      history.change({ isr: [1], eligibleLeaderReplicas: [2] }),
    );
    expect(history.violations).toEqual([]);
    expect(history.expectedLosses).toEqual([]);
  });

  it('counts eligible leader replicas', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.alterIsr(1, [1, 2]);
    history.replicate(history.batch(1, 0, 11), 1, 2).advance(1, 2);
    history.commit(history.change({ isr: [1], eligibleLeaderReplicas: [2] }));
    expect(history.violations).toEqual([]);
    history.commit(history.change({ eligibleLeaderReplicas: [2, 3] }));
    expect(history.violations).toEqual(['I5']);
    expect(history.messageOf('I5')).toContain('eligible leader replica 3');
  });
});

describe('I5 and reassignments', () => {
  const removal = { replicas: [1, 2], isr: [1, 2], leader: 1 };

  it('holds when a replica that was taken away deletes its log', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.commit(history.change(removal)).delete(3).lead(1, 1).follow(2, 1, 1);
    history.replicate(history.batch(1, 1, 11), 1, 2).advance(1, 2);
    expect(history.violations).toEqual([]);
    expect(history.expectedLosses).toEqual([]);
  });

  it('breaks when it is a candidate again without what it deleted', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.commit(history.change(removal)).delete(3).lead(1, 1);
    history.commit(history.change({ replicas: [1, 2, 3], addingReplicas: [3] }));
    history.observer.logLoaded(history.tick(), 3, 0, 0, 0);
    expect(history.violations).toEqual([]);
    history.commit(history.change({ isr: [1, 2, 3] }));
    // Two replicas were too few for the promise, for a while.
    expect(history.expectedLosses).toContain('I5');
  });
});

describe('I7 OneLeaderPerEpoch', () => {
  it('breaks when a broker leads an epoch that another was given', () => {
    const history = ScriptedHistory.settled();
    failOver(history).lead(3, 1);
    expect(history.violations).toEqual(['I7']);
    expect(history.messageOf('I7')).toBe(
      'orders-0: broker 3 leads epoch 1, which the controllers gave to broker 2',
    );
  });

  it('holds for two believers in different epochs', () => {
    const history = ScriptedHistory.settled();
    failOver(history);
    history.replicate(history.batch(0, 0, 10), 1);
    expect(history.violations).toEqual([]);
  });

  it('breaks when two voters lead the quorum in one epoch, and not in two', () => {
    const history = ScriptedHistory.settled();
    history.observer.quorumLeaderElected(history.tick(), 1, 1);
    history.observer.quorumLeaderElected(history.tick(), 2, 2);
    expect(history.violations).toEqual([]);
    history.observer.quorumLeaderElected(history.tick(), 3, 2);
    expect(history.violations).toEqual(['I7']);
  });
});

describe('I8 LeaderEligible', () => {
  it('breaks when a broker is fenced and stays in the ISR', () => {
    const history = ScriptedHistory.settled();
    history.commit(history.fencing(3, true));
    expect(history.violations).toEqual(['I8']);
    expect(history.messageOf('I8')).toContain('has the fenced broker 3');
  });

  it('holds when it leaves the ISR in the same batch, in either order', () => {
    const history = ScriptedHistory.settled();
    history.commit(history.fencing(3, true), history.change({ isr: [1, 2] }));
    history.commit(history.change({ isr: [1] }), history.fencing(2, true));
    expect(history.violations).toEqual([]);
  });

  it('breaks when the leader is not in the ISR', () => {
    const history = ScriptedHistory.settled();
    history.grant(1, [2, 3]);
    expect(history.violations).toEqual(['I8']);
  });

  it('holds for a sole last member without a leader', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1]);
    history.commit(history.fencing(1, true), history.change({ leader: -1 }));
    expect(history.violations).toEqual([]);
  });
});

describe('I10 NoDuplicates', () => {
  it('breaks when a record is committed twice', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.produce(1, 0, 11);
    history.produce(2, 0, 10);
    expect(history.violations).toEqual(['I10']);
    expect(history.messageOf('I10')).toBe(
      'orders-0 offset 2: values 10 of producer web-0 were committed again; they lie at 0 2, of producer id and epoch -1/0',
    );
  });

  it('holds when the first copy was cut away before it was committed', () => {
    const history = ScriptedHistory.settled();
    history.replicate(history.batch(0, 0, 10), 1, 3);
    failOver(history).truncate(3, 0);
    history.replicate(history.batch(0, 1, 10), 2, 3).advance(2, 1);
    expect(history.violations).toEqual([]);
  });

  it('is expected to break without idempotence', () => {
    const history = ScriptedHistory.settled({ idempotence: false });
    history.produce(0, 0, 10);
    history.produce(1, 0, 10);
    expect(history.violations).toEqual([]);
    expect(history.expectedLosses).toEqual(['I10']);
  });

  it('is expected to break when the producer raised its epoch between the copies', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    const again = new RecordBatch(1, 0, 7, 1, 0, [10], [-1], 100, 0);
    history.replicate(again, 1, 2, 3).advance(1, 2);
    expect(history.violations).toEqual([]);
    expect(history.suite.breaches.expectedLosses[0]!.broken).toContain('raised its epoch');
  });

  it('forgets records that were lost: their producer may send them again', () => {
    const history = ScriptedHistory.settled({ unclean: true });
    history.replicate(history.batch(0, 0, 10), 1, 3).advance(1, 1);
    failOver(history).truncate(3, 0);
    history.replicate(history.batch(0, 1, 10), 2, 3).advance(2, 1);
    expect(history.expectedLosses).not.toContain('I10');
  });
});

describe('a leader that missed another one', () => {
  const afterGap = (marked: boolean, between: number): ScriptedHistory => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.grant(between, [1, 2, 3]).grant(1, [1, 2, 3]);
    if (marked) history.observer.mark(history.tick(), 'leader-epochs-missed', 0);
    // Broker 1 takes for committed what the others do not have.
    history.lead(1, 2);
    history.replicate(history.batch(1, 2, 11), 1).advance(1, 2);
    return history;
  };
  const expected = (history: ScriptedHistory): boolean =>
    history.suite.breaches.expectedLosses.some(({ broken }) => broken.includes('reelectedLeader'));

  it('is why its high watermark passes what its followers have, as Kafka lets it', () => {
    expect(expected(afterGap(true, 2))).toBe(true);
    expect(afterGap(true, 2).violations).toEqual([]);
  });

  it('is no excuse for one that missed none, or only epochs of its own', () => {
    expect(afterGap(false, 2).violations).toContain('I5');
    expect(afterGap(true, 1).violations).toContain('I5');
  });
});

describe('I12 ConsistentRead', () => {
  it('breaks when a consumer is given another record than was committed', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.produce(1, 0, 11);
    history.poll(0, 10, 12);
    expect(history.violations).toEqual(['I12']);
    expect(history.messageOf('I12')).toBe(
      'orders-0 offset 1: consumer reader-0 was given value 12, the committed log holds 11',
    );
  });

  it('breaks when it is given what is not committed', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.replicate(history.batch(1, 0, 11), 1);
    history.poll(0, 10, 11);
    expect(history.messageOf('I12')).toContain('the committed log ends at 1');
  });

  it('breaks when what was read is lost, and only then', () => {
    const lose = (read: boolean): ScriptedHistory => {
      const history = ScriptedHistory.settled();
      history.produce(0, 0, 10);
      history.replicate(history.batch(1, 0, 11), 1, 3).advance(1, 2);
      history.poll(0, 10);
      if (read) history.poll(1, 11);
      return failOver(history);
    };
    expect(lose(false).violations).not.toContain('I12');
    expect(lose(true).violations).toContain('I12');
    expect(lose(true).messageOf('I12')).toContain('offsets [1,2), values 11, were read');
  });

  describe('when the log is cut below what a consumer has been given', () => {
    const cutBelow = (reset: 'earliest' | 'latest' = 'earliest'): ScriptedHistory => {
      const history = ScriptedHistory.settled({ reset });
      history.produce(0, 0, 10);
      history.replicate(history.batch(1, 0, 11, 12), 1, 3).advance(1, 3);
      history.poll(0, 10, 11, 12);
      failOver(history);
      return history;
    };
    const passedOver = (history: ScriptedHistory): unknown[] =>
      history.suite.breaches.violations.flatMap(({ evidence }) => evidence['passedOver'] ?? []);

    it('breaks when the consumer goes on where it was, past what came in the place', () => {
      const history = cutBelow();
      history.replicate(history.batch(1, 1, 21, 22, 23), 2, 3).advance(2, 4);
      history.poll(3, 23);
      expect(passedOver(history)).toEqual([{ from: 1, to: 3 }]);
      expect(history.suite.breaches.expectedLosses).toEqual([]);
    });

    it('is expected of a consumer that goes to the end by itself', () => {
      const history = cutBelow('latest');
      history.replicate(history.batch(1, 1, 21, 22, 23), 2, 3).advance(2, 4);
      history.poll(3, 23);
      expect(passedOver(history)).toEqual([]);
      const [loss] = history.suite.breaches.expectedLosses;
      expect(loss!.broken).toBe('consumer reader-0 has auto.offset.reset=latest');
    });

    it('holds when it goes back to the cut, and when it is given what it had fetched before', () => {
      const history = cutBelow();
      history.replicate(history.batch(1, 1, 21, 22, 23, 24), 2, 3).advance(2, 5);
      history.poll(3, 13);
      expect(passedOver(history)).toEqual([]);
      history.poll(1, 21, 22, 23);
      history.poll(4, 24);
      expect(passedOver(history)).toEqual([]);
    });
  });

  it('holds across batches, from the middle of one', () => {
    const history = ScriptedHistory.settled();
    history.replicate(history.batch(0, 0, 10, 11, 12), 1, 2, 3).advance(1, 3);
    history.replicate(history.batch(3, 0, 13, 14), 1, 2, 3).advance(1, 5);
    history.poll(1, 11, 12, 13);
    history.poll(4, 14);
    expect(history.violations).toEqual([]);
  });
});

describe('I16 Progress', () => {
  it('names all that is missing', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.observer.sendInvoked(history.tick(), 0, 10, 0, -1);
    history.observer.sendInvoked(history.tick(), 0, 11, 0, -1);
    history.observer.sendInvoked(history.tick(), 0, 12, 0, -1);
    history.commit(history.fencing(3, true), history.change({ isr: [1, 2] }));
    history.observer.controllerResigned(history.tick(), 1, 1);
    expect(history.suite.pending()).toEqual([
      'no controller is active',
      'broker 3 is fenced',
      'orders-0 has ISR [1 2] of replicas [1 2 3]',
      'producer web-0 waits for the outcome of 2 records',
      'consumer reader-0 of orders-0 is at 0, the high watermark at 1',
    ]);
  });

  it('is content when all is done', () => {
    const history = ScriptedHistory.settled();
    history.observer.sendInvoked(history.tick(), 0, 10, 0, -1);
    history.produce(0, 0, 10);
    history.poll(0, 10);
    expect(history.suite.pending()).toEqual([]);
  });

  it('asks that reassignments come to their end', () => {
    const history = ScriptedHistory.settled();
    const change = { replicas: [2, 3, 1], removingReplicas: [1], isr: [1, 2] };
    history.commit(history.change(change));
    expect(history.suite.pending()).toEqual(['orders-0 is being reassigned to [2 3] (ISR [1 2])']);
  });

  it('asks that the leader has begun to lead', () => {
    const history = ScriptedHistory.settled().grant(2, [1, 2, 3]);
    expect(history.suite.pending()).toEqual(['orders-0: broker 2 has not begun to lead epoch 1']);
  });
});

describe('I22 MinISRAck', () => {
  it('breaks when acks=all is answered with too few copies', () => {
    const history = ScriptedHistory.settled();
    const batch = history.batch(0, 0, 10);
    history.replicate(batch, 1).answer(1, batch);
    expect(history.violations).toEqual(['I22']);
    expect(history.messageOf('I22')).toContain('while only broker 1 held it');
  });

  it('holds with two copies, also when one of them was lost meanwhile', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1, 2]);
    const batch = history.batch(0, 0, 10);
    history.replicate(batch, 1, 2).advance(1, 1);
    history.die(2, 'power-loss').start(2, 0);
    history.answer(1, batch);
    expect(history.violations).toEqual([]);
  });

  it('says nothing of acks=1', () => {
    const history = ScriptedHistory.settled();
    const batch = history.batch(0, 0, 10);
    history.replicate(batch, 1).answer(1, batch, 1);
    expect(history.violations).toEqual([]);
  });

  it('breaks when a leader with too small an ISR appends for acks=all, and not when the ISR suffices', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1, 2]).observer.leaderIsrChanged(history.tick(), 1, 0, [1, 2], 1);
    history.replicate(history.batch(0, 0, 10), 1, 2);
    expect(history.violations).toEqual([]);
    history.alterIsr(1, [1]).observer.leaderIsrChanged(history.tick(), 1, 0, [1], 2);
    history.replicate(history.batch(1, 0, 11), 1);
    expect(history.violations).toEqual(['I22']);
  });
});

describe('I23 Fencing', () => {
  it('breaks when a leader appends in another epoch than its own', () => {
    const history = ScriptedHistory.settled();
    history.replicate(history.batch(0, 1, 10), 1);
    expect(history.violations).toEqual(['I23']);
  });

  it('breaks when a follower copies from a newer epoch than it knows of, not from an older', () => {
    const history = ScriptedHistory.settled();
    const old = history.batch(0, 0, 10);
    history.replicate(old, 1, 2);
    history.grant(2, [2, 3]).lead(2, 1);
    const young = history.batch(1, 1, 11);
    history.replicate(young, 2).copy(3, old);
    expect(history.violations).toEqual([]);
    history.copy(3, young);
    expect(history.violations).toEqual(['I23']);
  });

  it('breaks when a fetch of an older epoch counts as progress', () => {
    const history = ScriptedHistory.settled();
    history.observer.followerFetched(history.tick(), 1, 0, 2, 0, 0);
    history.observer.followerFetched(history.tick(), 1, 0, 2, -1, 0);
    expect(history.violations).toEqual([]);
    history.observer.followerFetched(history.tick(), 1, 0, 2, 0, 1);
    expect(history.violations).toEqual(['I23']);
  });

  it('breaks when an ISR grows at the wish of an earlier leader', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1, 2]);
    history.observer.isrChangeAsked(history.tick(), 1, 0, [1, 2, 3]);
    history.grant(2, [2, 1]).lead(2, 1);
    history.commit(history.change({ isr: [2, 1, 3] }));
    expect(history.violations).toEqual(['I23']);
    expect(history.messageOf('I23')).toContain('no leader of leader epoch 1 asked for it');
  });

  it('remembers what the leader asked for, however often it asked for something else since', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1]);
    history.observer.isrChangeAsked(history.tick(), 1, 0, [1, 2]);
    for (let time = 0; time < 40; time++) {
      history.observer.isrChangeAsked(history.tick(), 1, 0, [1, 3]);
    }
    history.commit(history.change({ isr: [1, 2] }));
    expect(history.violations).toEqual([]);
  });

  it('breaks when a broker joins that was registered anew after the leader asked (KIP-903)', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1, 2]);
    history.observer.isrChangeAsked(history.tick(), 1, 0, [1, 2, 3]);
    history.start(3).register(3).unfence(3);
    history.commit(history.change({ isr: [1, 2, 3] }));
    expect(history.violations).toEqual(['I23']);
    expect(history.messageOf('I23')).toContain('asked for its earlier incarnation');
  });

  it('holds when the leader asked for an incarnation that was not registered yet: that request names no epoch', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1, 2]).start(3);
    history.observer.isrChangeAsked(history.tick(), 1, 0, [1, 2, 3]);
    history.register(3).unfence(3);
    history.commit(history.change({ isr: [1, 2, 3] }));
    expect(history.violations).toEqual([]);
  });

  it('holds when the leader asked for the present incarnation', () => {
    const history = ScriptedHistory.settled();
    history.alterIsr(1, [1, 2]);
    history.start(3).register(3).unfence(3).alterIsr(1, [1, 2, 3]);
    expect(history.violations).toEqual([]);
  });

  it('breaks when the metadata log takes a change of an older broker epoch', () => {
    const history = ScriptedHistory.settled();
    const stale = history.fencing(3, false);
    history.alterIsr(1, [1, 2]);
    history.register(3).commit(stale);
    expect(history.violations).toEqual(['I23']);
  });

  it('breaks when a replica goes back to an older leader epoch without a restart', () => {
    const history = ScriptedHistory.settled();
    failOver(history).follow(3, 0, 1);
    expect(history.violations).toEqual(['I23']);
    const restarted = ScriptedHistory.settled();
    failOver(restarted).start(3).follow(3, 0, 1);
    expect(restarted.violations).toEqual([]);
  });

  it('breaks when a broker obeys an older controller than before, in the same life', () => {
    const history = ScriptedHistory.settled();
    const obey = (broker: number, controller: number, epoch: number): void => {
      history.observer.controllerObeyed(history.tick(), broker, controller, epoch);
    };
    obey(1, 2, 4);
    obey(1, 3, 5);
    // Another broker has not heard of the newer one yet, and one that was restarted has forgotten it.
    obey(2, 2, 4);
    obey(3, 3, 5);
    history.start(3);
    obey(3, 2, 4);
    expect(history.violations).toEqual([]);
    obey(1, 2, 4);
    expect(history.violations).toEqual(['I23']);
    expect(history.messageOf('I23')).toContain('having listened to broker 3, that of epoch 5');
  });
});

describe('I24 MetadataPrefix', () => {
  const noOp = { type: 'NoOp' } as const;

  function started(): { history: ScriptedHistory; batches: MetadataBatch[] } {
    const history = new ScriptedHistory();
    const batches = [0, 1, 2].map((offset) => new MetadataBatch(offset, 1, [noOp]));
    for (const batch of batches) history.observer.metadataCommitted(history.tick(), 1, batch);
    return { history, batches };
  }

  it('breaks when two nodes commit different batches at one offset', () => {
    const { history, batches } = started();
    history.observer.metadataCommitted(history.tick(), 2, batches[0]!);
    history.observer.metadataCommitted(history.tick(), 2, new MetadataBatch(1, 2, [noOp]));
    expect(history.violations).toEqual(['I24']);
    expect(history.messageOf('I24')).toBe(
      'node 2 committed the metadata batch at offset 1 of epoch 2, where the log has the batch of epoch 1 at 1',
    );
  });

  it('breaks when a broker applies with a gap, or what no one committed', () => {
    const { history, batches } = started();
    history.observer.metadataApplied(history.tick(), 2, batches[0]!);
    history.observer.metadataApplied(history.tick(), 2, batches[2]!);
    history.observer.metadataApplied(history.tick(), 3, new MetadataBatch(3, 1, [noOp]));
    expect(history.violations).toEqual(['I24', 'I24']);
  });

  it('holds when nodes lag, and start again from the beginning after a restart', () => {
    const { history, batches } = started();
    for (const batch of batches) history.observer.metadataCommitted(history.tick(), 2, batch);
    history.observer.metadataApplied(history.tick(), 2, batches[0]!);
    history.suite.hostStarted(history.tick(), 1);
    for (const batch of batches) history.observer.metadataCommitted(history.tick(), 2, batch);
    for (const batch of batches) history.observer.metadataApplied(history.tick(), 2, batch);
    expect(history.violations).toEqual([]);
  });
});

describe('judging', () => {
  /** Broker 1 and 2 lose power together; broker 1 returns without the record and is elected. */
  function lose(death: 'power-loss' | 'crash', options = {}): ScriptedHistory {
    const history = ScriptedHistory.settled(options);
    history.alterIsr(1, [1, 2]);
    history
      .replicate(history.batch(0, 0, 10), 1, 2)
      .advance(1, 1)
      .acked(10, 0);
    history.die(1, 'power-loss').die(2, death).start(1, 0);
    history.commit(history.registration(1), history.change({ isr: [], leader: -1 }));
    return history.unfence(1).grant(1, [1]).lead(1, 2);
  }

  it('calls a loss past the budget expected, and says which assumption broke', () => {
    const history = lose('power-loss');
    expect(history.violations).toEqual([]);
    expect(history.expectedLosses).toEqual(expect.arrayContaining(['I1', 'I2', 'I5', 'I6']));
    expect(history.suite.breaches.expectedLosses[0]!.broken).toBe(
      'by t=19ms brokers 1, 2 lost power or disk before any was back in the ISR of orders-0: min.insync.replicas 2 bears 1 at a time',
    );
  });

  it('counts every overlapping unclean restart once one is lossy', () => {
    expect(lose('crash').violations).toEqual([]);
  });

  it('counts a stop before the process had registered, whose shutdown is not clean to the controllers', () => {
    const judged = (registers: boolean): ScriptedHistory => {
      const history = ScriptedHistory.settled();
      history.alterIsr(1, [1, 2]);
      history
        .replicate(history.batch(0, 0, 10), 1, 2)
        .advance(1, 1)
        .acked(10, 0);
      history.die(1, 'power-loss').die(2, 'stop').start(2);
      if (registers) history.register(2);
      history.die(2, 'stop').start(1, 0);
      history.commit(history.registration(1), history.change({ isr: [], leader: -1 }));
      return history.unfence(1).grant(1, [1]).lead(1, 2);
    };
    expect(judged(false).violations).toEqual([]);
    expect(judged(false).expectedLosses).toContain('I1');
    expect(judged(true).violations).toContain('I1');
  });

  it('calls it a violation when one broker alone lost its tail', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.die(1, 'power-loss').start(1, 0);
    history.commit(history.registration(1), history.change({ isr: [2, 3] }));
    history.unfence(1).grant(1, [1]).lead(1, 1);
    expect(history.violations).toEqual(expect.arrayContaining(['I1', 'I2']));
  });

  it('ends an outage when the replica is in the ISR again under its new registration', () => {
    const loseTwice = (isBack: boolean): ScriptedHistory => {
      const history = ScriptedHistory.settled();
      history.die(3, 'power-loss').start(3, 0).follow(3, 0, 1);
      history.commit(history.registration(3), history.change({ isr: [1, 2] })).unfence(3);
      if (isBack) history.alterIsr(1, [1, 2, 3]);
      history.produce(0, 0, 10);
      history.die(2, 'power-loss').start(2, 0);
      history.commit(history.registration(2), history.change({ isr: [1] })).unfence(2);
      return history.grant(2, [2]).lead(2, 1);
    };
    expect(loseTwice(true).violations).toContain('I2');
    expect(loseTwice(false).violations).toEqual([]);
    expect(loseTwice(false).expectedLosses).toContain('I2');
  });

  it('bears any number of crashes without a lossy one', () => {
    const history = ScriptedHistory.settled();
    history.die(1, 'crash').die(2, 'crash').die(3, 'crash');
    history.replicate(history.batch(0, 0, 10), 1, 2).advance(1, 1);
    expect(history.violations).toContain('I4');
  });

  it.each([
    [{ minIsr: 1 }, 'orders has min.insync.replicas=1'],
    [{ brokers: 2 }, 'orders has a replication factor of 2'],
    [{ unclean: true }, 'orders has unclean.leader.election.enable=true'],
    [{ minIsr: 3 }, 'orders has min.insync.replicas=3 of 3 replicas'],
  ])('excuses what the configuration does not promise: %o', (options, broken) => {
    const history = ScriptedHistory.settled(options);
    history.replicate(history.batch(0, 0, 10), 1).advance(1, 1);
    expect(history.violations).not.toContain('I5');
    expect(history.suite.breaches.expectedLosses.map((loss) => loss.broken)).toContain(broken);
  });

  it('excuses everything once a controller lost its disk', () => {
    const history = ScriptedHistory.settled();
    history.die(3, 'disk-loss').lead(3, 0);
    expect(history.violations).toEqual([]);
    expect(history.suite.breaches.expectedLosses).toMatchObject([
      { breach: { invariant: 'I7' }, broken: 'node 3 lost its disk at t=12ms' },
    ]);
  });

  it('tells one breach once', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    history.poll(0, 99).poll(0, 99);
    expect(history.violations).toEqual(['I12']);
  });
});

describe('a fork', () => {
  it('goes on by itself and judges with its own circumstances', () => {
    const history = ScriptedHistory.settled();
    history.produce(0, 0, 10);
    const forker = new Forker();
    const truth = forker.clone(history.truth);
    truth.listeners = [];
    const suite = history.suite.fork(forker, truth);
    const observer = watchersOf([truth, ...suite.watchers]);

    const batch = history.batch(1, 0, 11);
    observer.leaderAppended(100_000, 1, 0, batch);
    observer.highWatermarkMoved(100_000, 1, 0, 2, true);
    observer.polled(100_000, 0, 0, 0, [10, 11]);
    expect(suite.breaches.violations.map(({ invariant }) => invariant)).toEqual([
      'I4',
      'I4',
      'I5',
      'I5',
    ]);
    expect(history.violations).toEqual([]);

    history.produce(1, 0, 12);
    history.poll(0, 10, 12);
    expect(history.violations).toEqual([]);
    history.poll(1, 11);
    expect(history.violations).toEqual(['I12']);
    expect(suite.breaches.violations).toHaveLength(4);
  });
});

describe('the catalogue', () => {
  it('documents every invariant that the language names, in its order', () => {
    expect(INVARIANT_DOCS.map(({ id, name }) => [id, name])).toEqual(Object.entries(INVARIANTS));
    for (const { promise, assumptions, source } of INVARIANT_DOCS) {
      expect(promise).toMatch(/\.$/);
      expect(assumptions.length).toBeGreaterThan(0);
      expect(source).toContain('semantics');
    }
  });

  it('watches only what was asked for', () => {
    const { definition } = new ScriptedHistory();
    const truth = new MetadataTruth(definition);
    expect(InvariantSuite.create([], definition, truth).watchers).toEqual([]);
    expect(truth.listeners).toEqual([]);
    const some = InvariantSuite.create(['I7', 'I24'], definition, truth);
    expect(some.watchers).toHaveLength(4);
    expect(some.pending()).toEqual([]);
  });
});
