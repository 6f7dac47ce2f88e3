import { takesAway } from '../mode.ts';
import type { ObservedSetup, PoolUses } from './observed.ts';
import { type Part, part, together } from './part.ts';
import { planAccess } from './plan-access.ts';
import { planPool } from './plan-pool.ts';
import { planProviders, poolOwnership } from './plan-provider.ts';
import { brokenUses } from './pool-use.ts';
import type { SettingChange, SetupPlan, SetupStep, StepOf } from './step.ts';
import type { WantedSetup } from './wanted.ts';

/** A pool that others use must be safe from the sweep before anything of it is touched. */
const modeChange = (
  { mode }: WantedSetup['settings'],
  steps: readonly SetupStep[],
): readonly SettingChange[] =>
  takesAway(mode) && steps.some(({ kind }) => kind === 'describePool')
    ? [{ path: ['mode'], value: 'upsert-only', before: mode }]
    : [];

/** What the examples have in place of a number. */
const placeholder = '123456789012';

const numberWarning = ({ settings, settingChanges }: WantedSetup): Part => {
  const { project, projectNumber } = settings.google;
  const wrong = settingChanges.find(({ path }) => path.at(-1) === 'projectNumber')?.before;
  return wrong === undefined || wrong === placeholder
    ? part({})
    : part({
        warnings: [
          `google.projectNumber of rolebridge.yml is ${wrong}, and project ${project} has ${projectNumber}: it is corrected. Members and configs that were made with ${wrong} never meant this pool; deploy, and sweep.`,
        ],
      });
};

/** The difference between what is wanted and what is there: the same input, the same plan. */
export const planSetup = (wanted: WantedSetup, observed: ObservedSetup): SetupPlan => {
  const { disabledServices: services } = observed;
  const { project } = wanted.settings.google;
  const google = together([
    numberWarning(wanted),
    services.length === 0 ? part({}) : part({ steps: [{ kind: 'enableServices', project, services }] }),
    planPool(wanted, observed),
    planProviders(wanted, observed),
    planAccess(wanted, observed),
  ]);
  const changes = [...wanted.settingChanges, ...modeChange(wanted.settings, google.steps)];
  if (changes.length === 0) return google;
  return {
    ...google,
    steps: [{ kind: 'writeSettings', path: wanted.settingsPath, changes }, ...google.steps],
  };
};

/** Corrections in a pool that others use: who uses it must be seen before a person can agree. */
export const sharedCorrections = (
  { steps }: SetupPlan,
  observed: ObservedSetup,
): readonly StepOf<'correctProvider'>[] =>
  poolOwnership(observed) === 'dedicated' ? [] : steps.filter((step) => step.kind === 'correctProvider');

/** The plan, with what it would break. */
export const withPoolUses = (
  plan: SetupPlan,
  { pool }: WantedSetup,
  observed: ObservedSetup,
  { uses, unseen }: PoolUses,
): SetupPlan => {
  const broken = sharedCorrections(plan, observed).flatMap((after) => {
    const before = observed.providers.get(after.name);
    return before === undefined || before.kind === 'absent'
      ? []
      : brokenUses(pool, uses, { ...before, accountId: after.accountId }, after);
  });
  return {
    ...plan,
    broken,
    warnings: [...plan.warnings, ...unseen.map((what) => `Not seen, so it may lose access as well: ${what}`)],
  };
};
