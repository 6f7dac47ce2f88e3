import { PermanentError } from '../shared/core/errors.ts';
import { longestStage } from '../shared/core/stack.ts';

/** As `serverless` allows it (scripts/check-stage.ts checks the length). @throws PermanentError */
export const checkedStage = (stage: string): string => {
  if (stagePattern.test(stage)) return stage;
  throw new PermanentError(
    `--stage must be the name of a deployed stage (1 to ${longestStage} letters, digits and hyphens), not "${stage}".`,
  );
};

const stagePattern = new RegExp(`^[A-Za-z0-9-]{1,${longestStage}}$`);
