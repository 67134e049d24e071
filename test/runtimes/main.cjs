// main.cjs - for CommonJS: the entries by `require` are those of `import`, and the answers on standard output.
const { Netns } = require('hoptrie');
const { PrefixTable } = require('hoptrie/table');

Promise.all([import('./answers.js'), import('hoptrie'), import('hoptrie/table')]).then(
  ([asked, main, table]) => {
    console.log(
      main.Netns === Netns && table.PrefixTable === PrefixTable ? asked.answers() : 'require gives others',
    );
  },
);
