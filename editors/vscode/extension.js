// Starts `backstay lsp` and hands it the policies of the window.
'use strict';

const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

function createClient() {
  const settings = vscode.workspace.getConfiguration('backstay');
  const server = { command: settings.get('path'), args: ['lsp'] };
  return new LanguageClient('backstay', 'Backstay', server, {
    documentSelector: [{ language: 'stay' }],
    initializationOptions: { parameters: settings.get('parameters') },
  });
}

async function restart() {
  await deactivate();
  client = createClient();
  await client.start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand('backstay.restart', restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('backstay')) {
        return restart();
      }
    }),
  );
  await restart();
}

async function deactivate() {
  const old = client;
  client = undefined;
  if (old) {
    await old.stop();
  }
}

module.exports = { activate, deactivate };
