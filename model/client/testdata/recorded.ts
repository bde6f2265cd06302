/** Watches a test's run and keeps what clients did. */
import { ModelObserver } from '../../observer.js';

export interface Outcome {
  readonly atUs: number;
  readonly producer: number;
  readonly value: number;
  readonly partition: number;
  /** Offset of a success; -1 otherwise. */
  readonly offset: number;
  /** 0: success. */
  readonly error: number;
  readonly executed: 'yes' | 'no' | 'unknown';
}

export class Recorded extends ModelObserver {
  readonly invoked: { atUs: number; value: number; partition: number; key: number }[] = [];
  readonly outcomes: Outcome[] = [];
  readonly records: { atUs: number; partition: number; offset: number; value: number }[] = [];
  readonly polls: { atUs: number; count: number }[] = [];
  readonly resets: { partition: number; from: number; to: number; reason: string }[] = [];
  readonly errors: number[] = [];
  readonly marks: string[] = [];

  override sendInvoked(
    atUs: number,
    _producer: number,
    value: number,
    partition: number,
    key: number,
  ): void {
    this.invoked.push({ atUs, value, partition, key });
  }

  override sendSucceeded(
    atUs: number,
    producer: number,
    value: number,
    partition: number,
    offset: number,
  ): void {
    this.outcomes.push({ atUs, producer, value, partition, offset, error: 0, executed: 'yes' });
  }

  override sendFailed(
    atUs: number,
    producer: number,
    value: number,
    partition: number,
    error: number,
    executed: 'no' | 'unknown',
  ): void {
    this.outcomes.push({ atUs, producer, value, partition, offset: -1, error, executed });
  }

  override clientError(_atUs: number, error: number): void {
    this.errors.push(error);
  }

  override polled(
    atUs: number,
    _consumer: number,
    partition: number,
    firstOffset: number,
    values: readonly number[],
  ): void {
    this.polls.push({ atUs, count: values.length });
    values.forEach((value, index) => {
      this.records.push({ atUs, partition, offset: firstOffset + index, value });
    });
  }

  override positionReset(
    _atUs: number,
    _consumer: number,
    partition: number,
    from: number,
    to: number,
    reason: string,
  ): void {
    this.resets.push({ partition, from, to, reason });
  }

  override mark(_atUs: number, name: string): void {
    this.marks.push(name);
  }
}
