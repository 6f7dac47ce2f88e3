import { parseMessage } from '../../../shared/core/message.ts';
import { settings as base } from '../../support/settings.ts';
import { hour } from '../../support/world.ts';
import { calmDown, isClear } from './adversary.ts';
import { accounts } from './by-hand.ts';
import { accessWanted, bindingOf, bindingsThere, differences, lineTarget, placesOf } from './compare.ts';
import { isHandMade } from './hand-made.ts';
import { accountsOf, wanted } from './intent.ts';
import { drain, sweepAndRepair } from './invoke.ts';
import { isInScope, isRegionSeen, type NoisyCloud, regionEntry, updateLost } from './noisy-cloud.ts';
import { entriesThere } from './promises.ts';
import { accountIn, readPlace, roleId, roleIn } from './roles.ts';
import { directTargets, isDirect, namesOf, projectIn } from './targets.ts';
import { newTurns } from './turns.ts';

export interface Judgement {
  /** Bindings that no tag explains, before any sweep. */
  readonly waiting: number;
  /** The errors in the final state. */
  readonly wrong: readonly string[];
}

/**
 * The noise is over: the queue is emptied, one sweep runs with its repairs. Then every answer is truthful again, and
 * the same runs once more.
 */
export const settleAndJudge = async (cloud: NoisyCloud): Promise<Judgement> => {
  await drainAll(cloud);
  // Nothing may be written, so nothing will agree; anything that was written is a trespass.
  if (cloud.intent.mode === 'dry-run') return { waiting: 0, wrong: cloud.trespasses };
  const waiting = unwanted(cloud);
  const wrong = [...unexcused(cloud, waiting), ...strandedConfigs(cloud)];
  if (isRough(cloud)) {
    cloud.acts.add('a sweep while something is refused');
    if (cloud.awsWeather.length > 0) cloud.acts.add('a sweep while an AWS account fails');
    const failing = new Set(cloud.awsWeather.map(({ accountId }) => accountId));
    const clear = [...accounts, ...directTargets].filter((target) => isClear(cloud, target));
    cloud.world.held.length = 0;
    await sweepAndRepair(cloud, newTurns(), false);
    await drainAll(cloud);
    wrong.push(...leftBySweep(cloud, clear, failing));
    calmDown(cloud);
  }
  await sweepAndRepair(cloud, newTurns());
  if (unreachable(cloud).length > 0) {
    // Until everything that was dropped may leave the table.
    cloud.world.now = new Date(cloud.world.now.getTime() + 2 * hour);
    await sweepAndRepair(cloud, newTurns());
  }
  updateLost(cloud);
  noteDirect(cloud);
  wrong.push(...finalDifferences(cloud), ...unlisted(cloud), ...forgotten(cloud), ...cloud.trespasses);
  return { waiting: waiting.length, wrong };
};

const noteDirect = (cloud: NoisyCloud): void => {
  const { acts, handMade, world } = cloud;
  if (accessWanted(cloud).some(({ target }) => isDirect(target))) acts.add('a direct grant in the end');
  const isKept = [...handMade.lines].some(
    ([line, fate]) => fate === 'stays' && world.table.has(`scope site#${lineTarget(line)}`),
  );
  if (isKept) acts.add('members bound by hand stayed where a rule is used');
};

/** Messages that were delivered too often leave their roles to the sweep. */
export const drainAll = async (cloud: NoisyCloud): Promise<void> => {
  await drain(cloud, newTurns());
  for (const { body } of cloud.deadLetters.splice(0)) {
    const message = parseMessage(body, accountsOf(cloud.intent), base.tagKey);
    if (message.kind !== 'ignored') cloud.excuses.add(`role ${roleId(message.ref)}`);
  }
};

/** Whether something is refused, or does not answer. */
export const isRough = ({ googleState, awsWeather }: NoisyCloud): boolean =>
  googleState.weather.length > 0 || googleState.deletedProjects.size > 0 || awsWeather.length > 0;

/** Bindings of ours that exist and that no tag requests. */
const unwanted = (cloud: NoisyCloud): readonly string[] => {
  if (cloud.intent.mode !== 'sync') return [];
  const { roles, intent, world } = cloud;
  const asked = new Set(wanted(roles, intent, world.now, ['granted', 'unknown']).map(bindingOf));
  return bindingsThere(cloud).filter((binding) => !asked.has(binding) && !isHandMade(cloud, binding));
};

/** Bindings that wait for the sweep although only an event was delivered. One that ends by itself may wait. */
const unexcused = ({ excuses, acts }: NoisyCloud, waiting: readonly string[]): readonly string[] => {
  if (excuses.size === 0) acts.add('nothing but events that came: judged before the sweep');
  return waiting
    .filter(
      (binding) =>
        !excuses.has('all') &&
        !excuses.has(`role ${roleIn(binding)}`) &&
        !excuses.has(`aws ${accountIn(binding)}`) &&
        !namesOf(lineTarget(binding)).some((name) => excuses.has(`account ${name}`)) &&
        !binding.includes('request.time'),
    )
    .map((binding) => `left to the sweep without a reason: ${binding}`);
};

/** Configs of ours that no tag names, and that wait for the sweep although only an event was delivered. */
const strandedConfigs = (cloud: NoisyCloud): readonly string[] => {
  const { excuses, intent, published, roles, world, acts } = cloud;
  if (intent.mode !== 'sync' || excuses.has('all')) return [];
  // Access that ended by itself waits for the sweep, and so does its config.
  const asked = new Set(
    wanted(roles, intent, new Date(0), ['granted', 'unknown', 'never']).flatMap((access) =>
      placesOf(cloud, access),
    ),
  );
  if (published.size > 0) acts.add('configs judged before the sweep');
  return [...published]
    .filter((place) => !place.endsWith('.status'))
    .filter((place) => {
      const { accountId, name } = readPlace(place);
      const [, , folder = ''] = name.split('/');
      const role = roleId({ accountId, roleName: folder.replaceAll('..', '.') });
      const parameter = world.parameters.get(place);
      return (
        parameter !== undefined &&
        // A function that was to overwrite it was killed before.
        parameter.description !== 'by hand' &&
        !asked.has(place.replace(/\.project$/, '')) &&
        !excuses.has(`role ${role}`) &&
        !excuses.has(`aws ${accountId}`)
      );
    })
    .map((place) => `a config left to the sweep without a reason: ${place}`);
};

/**
 * A binding that a sweep may not leave, even if Google refuses something, because the sweep could see and remove it.
 */
const leftBySweep = (
  cloud: NoisyCloud,
  clear: readonly string[],
  failing: ReadonlySet<string>,
): readonly string[] =>
  unwanted(cloud)
    .filter(
      (binding) =>
        clear.includes(lineTarget(binding)) &&
        !failing.has(accountIn(binding)) &&
        isJudged(cloud, binding) &&
        !isHeld(cloud, binding),
    )
    .map((binding) => `left by the sweep, though nothing was refused there: ${binding}`);

/**
 * Whether the last sweep holds it: something that it could not read may have changed the list that a person approved.
 */
const isHeld = ({ world, acts }: NoisyCloud, binding: string): boolean => {
  const held = world.held.findLast(({ accountId }) => accountId === accountIn(binding))?.revocations ?? [];
  const found = held.some(
    ({ role, email: target }) => target === lineTarget(binding) && roleId(role) === roleIn(binding),
  );
  if (found) acts.add('a revocation held in the end');
  return found;
};

/** If it was dropped before the table was emptied, or before it was entered again, it does not matter here. */
const isJudged = (cloud: NoisyCloud, binding: string): boolean => {
  const target = lineTarget(binding);
  const project = projectIn(target);
  if (isDirect(target) || isInScope(cloud, 'project', project) || !cloud.lost.has(`project#${project}`))
    return true;
  cloud.acts.add('a binding in a project that only the emptied table knew');
  return false;
};

/**
 * A parameter that the sweep does not look at, or that is not in any role's folder, stays as the adversary wrote it.
 */
const isParameterJudged = (cloud: NoisyCloud, place: string): boolean => {
  const { name, ...at } = readPlace(place);
  // We cannot reach it: `forgotten` judges what happens to it.
  if (!accountsOf(cloud.intent).includes(at.accountId)) return false;
  const [, first = '', folder, ...rest] = name.split('/');
  const prefix = `/${first}`;
  const isSeen = isRegionSeen(cloud, at) && isInScope(cloud, 'prefix', prefix);
  const isForgotten = cloud.lost.has(regionEntry(at)) || cloud.lost.has(`prefix#${prefix}`);
  const isPlanted = cloud.planted.get(place) === cloud.world.parameters.get(place)?.value;
  if (!isSeen) return !isForgotten && !isPlanted;
  // Only names that result from encoding a role name are folders of roles.
  const isFolder = rest.length > 0 && /^([\w-]|\.\.|\.[0-9a-f]{2})+$/.test(folder ?? '');
  return isFolder || !isPlanted;
};

const finalDifferences = (cloud: NoisyCloud): readonly string[] =>
  differences(cloud, {
    binding: (binding) => isJudged(cloud, binding),
    parameter: (place) => isParameterJudged(cloud, place),
  }).filter((one) => cloud.intent.mode !== 'upsert-only' || !one.startsWith('left-over'));

/** Bindings that must be in the ledger: those that tags request, and in upsert-only all that were made and stayed. */
const unlisted = (cloud: NoisyCloud): readonly string[] => {
  const listed = new Set(entriesThere(cloud));
  const asked = accessWanted(cloud).map(bindingOf);
  const made = [...cloud.made].filter((binding) => {
    if (cloud.intent.mode !== 'upsert-only' || cloud.isEmptied) return false;
    // A deleted account takes its entries along, and an undelete restores only the policy.
    return !cloud.returned.has(lineTarget(binding));
  });
  const there = new Set(bindingsThere(cloud));
  return [...new Set([...asked, ...made])]
    .filter((binding) => there.has(binding) && !listed.has(binding))
    .map((binding) => `not in the ledger: ${binding}`);
};

/**
 * Configs that we can no longer reach, because their AWS account left the file, stay reported: no sweep may forget
 * their place.
 */
const forgotten = (cloud: NoisyCloud): readonly string[] =>
  unreachable(cloud).flatMap((place) => {
    cloud.acts.add('a config in an AWS account that left the file');
    const entry = regionEntry(readPlace(place));
    const isKnown = cloud.world.table.has(`scope ${entry}`) || cloud.lost.has(entry);
    return isKnown ? [] : [`no longer reported, though never seen to be gone: ${place}`];
  });

const unreachable = ({ published, intent }: NoisyCloud): readonly string[] =>
  [...published].filter((place) => !accountsOf(intent).includes(readPlace(place).accountId));
