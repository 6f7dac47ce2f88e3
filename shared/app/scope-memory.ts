import { toFailure } from '../core/errors.ts';
import { writesNothing } from '../core/mode.ts';
import { rememberedScope, type Scope, type Watched, watchedScope, writeScope } from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import type { SweepPorts } from '../ports.ts';
import type { Unseen } from './snapshot.ts';

/** What the sweep looks through, and what it remembers of that for the next one. */
export interface ScopeMemory {
  readonly scope: Scope;
  /** What could not be read or written: later sweeps may not know of it. */
  readonly blindSpots: readonly Unseen[];
  /** Forgets what is clean, if it was dropped long enough ago. */
  readonly forget: (clean: readonly Watched[]) => Promise<ScopeMemory>;
}

/** Writes what is to be remembered, if it is news. It must not keep the sweep from its work. */
const write = async (
  settings: Settings,
  ports: SweepPorts,
  before: Scope,
  scope: Scope,
): Promise<readonly Unseen[]> => {
  if (writesNothing(settings.mode) || writeScope(before) === writeScope(scope)) return [];
  try {
    await ports.scope.write(scope);
    return [];
  } catch (thrown) {
    return [{ what: 'what this configuration names, for later', reason: toFailure(thrown).message }];
  }
};

const remembering = (
  settings: Settings,
  ports: SweepPorts,
  before: Scope,
  scope: Scope,
  blindSpots: readonly Unseen[],
): ScopeMemory => ({
  scope,
  blindSpots,
  forget: async (clean) => {
    const rest = rememberedScope(scope, clean, ports.clock.now());
    const unwritten = await write(settings, ports, before, rest);
    return remembering(settings, ports, rest, rest, unwritten);
  },
});

/** Without knowing what was remembered nothing is written: it would be forgotten. */
const forgetful = (scope: Scope, blindSpots: readonly Unseen[]): ScopeMemory => {
  const memory: ScopeMemory = { scope, blindSpots, forget: () => Promise.resolve(memory) };
  return memory;
};

/** What the file names and what it named before; what is used from now on is remembered from now on. */
export const recallScope = async (settings: Settings, ports: SweepPorts): Promise<ScopeMemory> => {
  const now = ports.clock.now();
  let before: Scope;
  try {
    before = await ports.scope.read();
  } catch (thrown) {
    const reason = toFailure(thrown).message;
    return forgetful(watchedScope(settings, [], now), [
      { what: 'what earlier configurations named', reason },
    ]);
  }
  const scope = watchedScope(settings, before, now);
  const first = rememberedScope(scope, [], now);
  const unwritten = await write(settings, ports, before, first);
  // What could not be written is tried again when the sweep is done, and told then.
  return remembering(settings, ports, unwritten.length === 0 ? first : before, scope, []);
};
