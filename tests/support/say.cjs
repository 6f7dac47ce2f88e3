/** A program that prints its last argument. */
console.log(process.argv.at(-1));
