import type { LocalWorld } from '../local/world.ts';
import { loadSettings } from '../shared/config/config.ts';
import { memberDefinition } from '../shared/member/definition.ts';
import { printedMember } from '../shared/member/print.ts';
import { localStage } from './local-home.ts';

/** Deploys the template of `rolebridge member` in each member account. The administrator of the home account may read them. */
export const deployMemberStacks = async ({
  aws,
  configPath,
  members,
}: Pick<LocalWorld, 'aws' | 'configPath' | 'members'>): Promise<void> => {
  const template = printedMember(memberDefinition(loadSettings(configPath), localStage), 'cloudformation');
  for (const { deploy } of members) await deploy(template, { OperatorArns: administratorOf(aws) });
};

/** The role of the profile `home` and of the variables of a local world. */
export const administratorOf = ({ accountId }: LocalWorld['aws']): string =>
  `arn:aws:iam::${accountId}:role/Administrator`;
