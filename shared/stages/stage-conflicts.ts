import { pathText } from '../config/yaml.ts';
import type { Settings } from '../core/settings.ts';
import { resourcesOf, type StageResources, stageOverlaps } from '../core/stage-overlaps.ts';

/** Reads the stages that are deployed in the AWS account that we are signed in to. */
export interface DeployedStages {
  /**
   * The other stages, without their pools, which AWS does not know.
   * @throws Failure if one of them cannot be read, or if the account is another one
   */
  readonly besides: (stage: string, accountId: string) => Promise<readonly StageResources[]>;
}

export type StageConflicts =
  /** Each conflict names a setting, its value, and the other stage. Empty if there is none. */
  | { readonly kind: 'checked'; readonly conflicts: readonly string[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Compares a stage with all others that are deployed in its AWS account. The owner of a pool is not in AWS but in the pool's marker,
 * which setup checks.
 */
export const stageConflicts = async (
  stage: string,
  settings: Settings,
  deployed: DeployedStages,
): Promise<StageConflicts> => {
  const own = resourcesOf(stage, settings);
  try {
    const others = await deployed.besides(stage, own.accountId);
    return {
      kind: 'checked',
      conflicts: others.flatMap((other) =>
        stageOverlaps(own, other).map(({ path, message }) => `${pathText(path)}: ${message}.`),
      ),
    };
  } catch (thrown) {
    return { kind: 'unreadable', reason: thrown instanceof Error ? thrown.message : String(thrown) };
  }
};
