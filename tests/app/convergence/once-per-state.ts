import { types } from 'node:util';
import type { Cloud } from './cloud.ts';

/**
 * The same state always ends the same way, no matter how it was reached: nothing here is random, and no invocation
 * outlives another. So the rest is run once per state, which most faults and most orders of calls share with others.
 */
export const oncePerState = <T>(play: (cloud: Cloud) => Promise<T>): ((cloud: Cloud) => Promise<T>) => {
  const played = new Map<string, Promise<T>>();
  return (cloud) => {
    const state = stateOf(cloud);
    const ending = played.get(state) ?? play(cloud);
    played.set(state, ending);
    return ending;
  };
};

/** Everything but the records of calls, logs and announcements, which nothing reads on the way. */
const stateOf = ({
  world: { calls: _calls, log: _log, outcomes: _outcomes, ...world },
  ...rest
}: Cloud): string =>
  JSON.stringify([world, rest], (_, value: unknown) =>
    types.isMap(value) || types.isSet(value) ? [...value] : value,
  );
