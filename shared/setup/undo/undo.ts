import { isDeepStrictEqual } from 'node:util';
import { PermanentError } from '../../core/errors.ts';
import { fileSites, type Settings } from '../../core/settings.ts';
import { type Applied, applySteps, type Reporter } from '../apply.ts';
import { readableBucketProjects } from '../bucket-projects.ts';
import type { PlanHeading } from '../plan-text.ts';
import type { SettingsFile } from '../ports.ts';
import { openSetup } from '../setup.ts';
import { undoTitle } from './describe-step.ts';
import { observeUndo, type UndoPorts } from './observe.ts';
import { performUndo } from './perform.ts';
import { planUndo } from './plan.ts';
import { type UndoScope, undoScope } from './scope.ts';
import type { UndoPlan, UndoStep } from './step.ts';

export interface UndoRequest {
  readonly stage: string;
  readonly commands: UndoScope['commands'];
}

export interface PreparedUndo {
  readonly heading: PlanHeading;
  readonly plan: UndoPlan;
  /** @throws PermanentError if the plan is not the same any more: a person agreed to the one that was shown. */
  readonly recheck: () => Promise<void>;
  readonly apply: (reporter: Reporter<UndoStep>) => Promise<Applied<UndoStep>>;
}

/**
 * Reads both sides and plans the inverse of setup. Changes nothing until `apply`, which performs the plan step by step.
 * @throws ConfigError with every error in rolebridge.yml, or Failure if a cloud refuses a read
 */
export const prepareUndo = async (
  file: SettingsFile,
  portsOf: (settings: Settings) => UndoPorts,
  { stage, commands }: UndoRequest,
): Promise<PreparedUndo> => {
  const { ports, settings, idOf, heading } = await openSetup(
    file,
    portsOf,
    stage,
    ({ google }) => google.projects,
  );
  const resources = fileSites(settings).map(({ resource }) => resource);
  const scope = undoScope({
    settings,
    stage,
    commands,
    idOf,
    bucketProjects: await readableBucketProjects(ports.reader, resources),
  });
  const replan = async (): Promise<UndoPlan> => planUndo(scope, await observeUndo(ports, scope));
  const plan = await replan();
  return {
    heading,
    plan,
    recheck: async () => {
      if (!isDeepStrictEqual(await replan(), plan))
        throw new PermanentError(
          'Something changed after the plan was shown, so nothing was done. Run it again, and read the new plan.',
        );
    },
    apply: (reporter) =>
      applySteps(
        ports,
        plan.steps,
        {
          titleOf: undoTitle,
          perform: (step) => performUndo(ports, step),
          isTooEarly: () => false,
          doneBefore: ['conflict', 'notFound'],
          replan,
        },
        reporter,
      ),
  };
};
