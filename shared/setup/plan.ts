import { canRevoke } from '../core/mode.ts';
import { brokenUses } from './broken-uses.ts';
import { planAnalyzer } from './key-readers.ts';
import type { ObservedSetup } from './observe.ts';
import { planAccess } from './plan-access.ts';
import { claimOf, planPool } from './plan-pool.ts';
import { planProjectGrants } from './plan-project-grants.ts';
import { planProviders } from './plan-provider.ts';
import { planRules } from './plan-rules.ts';
import type { PoolUses } from './read-pool-uses.ts';
import {
  mergeParts,
  type PlanPart,
  planPart,
  type SettingChange,
  type SetupPlan,
  type SetupStep,
  type StepOf,
} from './step.ts';
import type { WantedSetup } from './wanted.ts';

/** Compares the wanted with the observed state. The same input gives the same plan. */
export const planSetup = (wanted: WantedSetup, observed: ObservedSetup): SetupPlan => {
  const { disabledServices: services } = observed;
  const { project } = wanted.settings.google;
  const google = mergeParts([
    numberWarning(wanted),
    services.length === 0
      ? planPart({})
      : planPart({ steps: [{ kind: 'enableServices', project, services }] }),
    inSafeOrder(mergeParts([planPool(wanted, observed), planProviders(wanted, observed)])),
    planAnalyzer(observed.withoutAnalyzer),
    planAccess(wanted, observed),
    planProjectGrants(wanted, observed),
    planRules(wanted.settings, observed.rules),
  ]);
  const modes = modeChange(wanted, google.steps);
  const changes = [...wanted.settingChanges, ...modes];
  if (changes.length === 0) return google;
  return {
    ...google,
    warnings: [...(modes.length === 0 ? [] : [upsertOnly]), ...google.warnings],
    steps: [...writeSteps(wanted.settingsPath, changes), ...google.steps],
  };
};

/** One step for each file. */
const writeSteps = (ownPath: string, changes: readonly SettingChange[]): readonly SetupStep[] =>
  [...Map.groupBy(changes, ({ file }) => file ?? ownPath)].map(([path, inFile]) => ({
    kind: 'writeSettings',
    path,
    changes: inFile,
  }));

const numberWarning = ({ settings, settingChanges }: WantedSetup): PlanPart => {
  const { project, projectNumber } = settings.google;
  const wrong = settingChanges.find(({ path }) => path.at(-1) === 'projectNumber')?.before;
  return wrong === undefined || wrong === exampleNumber
    ? planPart({})
    : planPart({
        warnings: [
          `google.projectNumber of rolebridge.yml is ${wrong}, and project ${project} has ${projectNumber}: setup corrects it. Members and configs made with ${wrong} never referred to this pool. Deploy, then sweep.`,
        ],
      });
};

/** The project number of our examples. */
const exampleNumber = '123456789012';

const inSafeOrder = (planned: PlanPart): PlanPart => ({
  ...planned,
  steps: planned.steps.toSorted((a, b) => safeOrder.indexOf(a.kind) - safeOrder.indexOf(b.kind)),
});

/**
 * Corrects what exists, then undeletes, and enables last. So no provider admits anyone under a wrong condition, even if
 * setup ends early (docs/adr/0021).
 */
const safeOrder = [
  'createPool',
  'describePool',
  'correctProvider',
  'undeletePool',
  'undeleteProvider',
  'createProvider',
  'enableProvider',
  'enablePool',
];

/** Before setup changes a pool that others use, their members must be safe from the sweep. */
const modeChange = (
  { settings: { mode }, options }: WantedSetup,
  steps: readonly SetupStep[],
): readonly SettingChange[] =>
  canRevoke(mode) && options.adopts && steps.some((step) => step.kind === 'describePool' && step.isShared)
    ? [{ path: ['mode'], value: 'upsert-only', before: mode }]
    : [];

const upsertOnly =
  'From now on rolebridge revokes no access, and "rolebridge revoke" refuses (mode: upsert-only). To see who else uses the pool, and to return: docs/setup.md, "Back to mode sync".';

/** Adds the uses that the plan would break. */
export const withPoolUses = (
  plan: SetupPlan,
  wanted: WantedSetup,
  observed: ObservedSetup,
  { uses, unreadable }: PoolUses,
): SetupPlan => {
  const broken = sharedCorrections(plan, wanted, observed).flatMap((after) => {
    const before = observed.providers.get(after.name);
    return before === undefined
      ? []
      : brokenUses(wanted.pool, uses, { ...before, accountId: after.accountId }, after);
  });
  return {
    ...plan,
    broken,
    warnings: [
      ...plan.warnings,
      ...unreadable.map((reason) => `Could not be read, so it may lose access too: ${reason}`),
    ],
  };
};

/** Corrections in a pool that others use. Before a person can agree, the plan must show their uses. */
export const sharedCorrections = (
  { steps }: SetupPlan,
  wanted: WantedSetup,
  observed: ObservedSetup,
): readonly StepOf<'correctProvider'>[] =>
  claimOf(wanted, observed).isShared ? steps.filter((step) => step.kind === 'correctProvider') : [];
