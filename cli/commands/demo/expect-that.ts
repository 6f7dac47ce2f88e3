/** @throws Error with the message: the demo shows only what it has checked */
export const expectThat = (condition: boolean, message: string): void => {
  if (!condition) throw new Error(message);
};
