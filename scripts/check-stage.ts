import type { Settings } from '../shared/core/settings.ts';
import { longestStage, roleNameError, usualStage } from '../shared/core/stack.ts';

/** The part of `serverless` that this plugin uses. */
interface Serverless {
  readonly classes: { readonly Error: new (message: string) => Error };
  readonly service: { readonly custom: { readonly settings: Pick<Settings, 'deploy'> } };
}

/**
 * A plugin of `serverless`, which itself allows letters, digits and hyphens in a stage: checks the lengths of
 * the names with it.
 */
export default function checkStage(
  serverless: Serverless,
  { stage = usualStage }: { readonly stage?: string },
) {
  const check = (): void => {
    if (stage.length > longestStage)
      throw new serverless.classes.Error(
        `The stage ${stage} has ${stage.length} characters, and at most ${longestStage} are possible: AWS allows 64 for the names that contain it. Choose a shorter --stage.`,
      );
    const tooLong = roleNameError(stage, serverless.service.custom.settings);
    if (tooLong !== undefined) throw new serverless.classes.Error(tooLong);
  };
  return { hooks: { 'before:package:cleanup': check } };
}
