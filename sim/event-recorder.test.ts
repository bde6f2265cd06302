import { describe, expect, it } from 'vitest';

import { EventRecorder, firstDifference } from './event-recorder.js';

function recorder(...digests: number[]): EventRecorder {
  const events = new EventRecorder();
  digests.forEach((digest, index) => {
    events.add(index * 10, 0, 16, -1, digest);
  });
  return events;
}

describe('firstDifference', () => {
  it('is null for equal runs', () => {
    expect(firstDifference(recorder(1, 2, 3), recorder(1, 2, 3))).toBeNull();
  });

  it('names the first event that differs, on both sides', () => {
    const found = firstDifference(recorder(1, 2, 3), recorder(1, 9, 3));
    expect(found?.a).toMatchObject({ eventNumber: 2, digest: 2, timeUs: 10 });
    expect(found?.b).toMatchObject({ eventNumber: 2, digest: 9 });
  });

  it('says which run ended first', () => {
    expect(firstDifference(recorder(1), recorder(1, 2))).toMatchObject({
      a: null,
      b: { eventNumber: 2 },
    });
  });
});
