// ESLint has the rules that need types and nothing else; Biome has the rest and the format.

import tseslint from 'typescript-eslint';

const killByPid = {
  selector:
    "CallExpression[callee.object.name='process'][callee.property.name='kill']:not([arguments.1.value=0])",
  message:
    'A pid may belong to somebody else by now: send signals through the handle that owns the pidfd.',
};

export default tseslint.config(
  { ignores: ['build', 'dist', 'coverage', 'bench/node_modules', 'src/nomad-plugin/wire'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          // The runner of node:test waits for these itself.
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-restricted-syntax': ['error', killByPid],
    },
  },
);
