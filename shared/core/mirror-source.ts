/**
 * The source of outcomes on the bus of the role's own account. Events at home are of source `rolebridge`: a rule that forwards all
 * events of an account to home must not make an outcome arrive there twice.
 */
export const mirrorSource = 'rolebridge.mirror';
