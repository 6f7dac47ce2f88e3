import { listMembers } from '../../../shared/app/adopt.ts';
import { loadScope } from '../../../shared/app/sweep-scope.ts';
import { sitesWithoutList } from '../../../shared/core/adopt.ts';
import type { Adoption } from '../../../shared/core/answer.ts';
import type { RoleRef } from '../../../shared/core/model.ts';
import { siteOfAccess } from '../../../shared/core/target.ts';
import { memorySweepPorts } from '../../support/memory.ts';
import { alice } from '../../support/sweeping.ts';
import { giveUp } from './hand-made.ts';
import { settingsOf } from './intent.ts';
import { startSweep, sweepAndRepair } from './invoke.ts';
import { drainAll, isRough } from './judge.ts';
import { perform } from './noise.ts';
import { type NoisyCloud, nextEpoch } from './noisy-cloud.ts';
import { googleRoleIn, resourceOf, type Target } from './targets.ts';
import { newTurns, takeTurns } from './turns.ts';

/** Steps that only direct grants have. */
export type DirectStep =
  /**
   * A rule is removed until its site has left the table. Then people bind a member there by hand, and the rule comes
   * back with a tag.
   */
  | {
      readonly kind: 'drain';
      readonly target: Target;
      readonly member: string;
      readonly role: RoleRef;
    }
  /** A person answers for the members that a resource had before its sites were used. */
  | { readonly kind: 'adopt'; readonly resource: string; readonly verdict: Adoption['verdict'] };

export const playDirect = (cloud: NoisyCloud, step: DirectStep): Promise<void> =>
  step.kind === 'drain' ? playDrain(cloud, step) : playAdopt(cloud, step);

const playDrain = async (
  cloud: NoisyCloud,
  { target, member, role }: Extract<DirectStep, { kind: 'drain' }>,
): Promise<void> => {
  setRules(cloud, (direct) => direct.filter((one) => one !== target));
  const site = `scope site#${target}`;
  const wasUsed = cloud.world.table.has(site);
  for (let sweep = 0; sweep < 3; sweep += 1) {
    await drainAll(cloud);
    await sweepAndRepair(cloud, newTurns(), false);
    cloud.world.now = new Date(cloud.world.now.getTime() + 61 * 60_000);
    cloud.stale.clear();
    cloud.standings.clear();
    nextEpoch(cloud);
  }
  const isDrained = wasUsed && !cloud.world.table.has(site);
  const edit = { kind: 'add', role: googleRoleIn(target), member } as const;
  perform(cloud, { kind: 'policy', resource: resourceOf(target), edit });
  setRules(cloud, (direct) => [...direct, target]);
  perform(cloud, { kind: 'tags', role, asks: [{ grant: 'default', target }], deliveries: 1 });
  await drainAll(cloud);
  if (isDrained) cloud.acts.add('a rule that returned after its site was drained');
};

const setRules = (cloud: NoisyCloud, rules: (direct: readonly Target[]) => readonly Target[]): void => {
  const { members = [], regions, prefix, projects, allow, hasStatuses = false } = cloud.intent;
  const direct = [...new Set(rules(allow.direct ?? []))];
  perform(cloud, {
    kind: 'configure',
    intent: { members, regions, prefix, projects, allow: { ...allow, direct }, hasStatuses },
  });
};

const playAdopt = async (
  cloud: NoisyCloud,
  adoption: Extract<DirectStep, { kind: 'adopt' }>,
): Promise<void> => {
  const { resource, verdict } = adoption;
  const settings = settingsOf(cloud.intent);
  const { view } = await loadScope(settings, memorySweepPorts(cloud.world));
  if (view === undefined || isRough(cloud)) return;
  const asked: Adoption = { resource, verdict };
  // The function that entered the list was killed between two parts of it: a person gets a refusal.
  if (sitesWithoutList(view).some(({ name }) => siteOfAccess(name).resource === resource)) return;
  const { members, hash } = listMembers(settings, view, asked);
  if (members.length === 0) return;
  const given = { answer: { kind: 'adopt', adoption: asked, listed: hash }, answeredBy: alice } as const;
  const turns = newTurns();
  startSweep(cloud, turns, given, (report) => {
    if (report === undefined) return;
    cloud.acts.add(`members that were bound by hand: ${verdict}`);
    if (verdict === 'remove')
      for (const { googleRole, member } of members) giveUp(cloud, `${googleRole} on ${resource}`, member);
  });
  await takeTurns(turns);
  cloud.excuses.add(`account ${resource}`);
  nextEpoch(cloud);
};
