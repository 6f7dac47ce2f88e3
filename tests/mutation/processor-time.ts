/** Measures the time of the processor: a result must not depend on what else the machine does. In milliseconds. */
export const startProcessorTime = (): (() => number) => {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
};
