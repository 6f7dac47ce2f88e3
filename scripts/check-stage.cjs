/**
 * A plugin of `serverless`, which itself allows letters, digits and hyphens in a stage. The longest name of the stack is that of
 * a rule, rolebridge-<stage>-notify-outcomes, and EventBridge takes 64 characters.
 */
const longest = 64 - 'rolebridge--notify-outcomes'.length;

module.exports = function checkStage(serverless, { stage = 'prod' }) {
  const check = () => {
    if (stage.length > longest)
      throw new serverless.classes.Error(
        `The stage ${stage} has ${stage.length} characters, and ${longest} is the most: AWS takes 64 for the names that are made of it. Choose a shorter --stage.`,
      );
  };
  return { hooks: { 'before:package:cleanup': check } };
};
