/** The sign-in page: no script, nothing from elsewhere, so that it works before anyone is let in. */
export function signInPage(problem: string | null): string {
  const notice = problem === null ? '' : `<p role="alert">${escapeHtml(problem)}</p>`
  return page(
    'Sign in',
    `<p>Use the sign-in link the collector printed when it started, or paste a token.</p>
${notice}
<form method="post" action="/v1/session">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>`,
  )
}

/** What stands in for the dashboard when it was not built. */
export function notBuiltPage(): string {
  return page(
    'The dashboard is not built',
    `<p>Run <code>npm run build</code> and reload this page. The API works without it: <a href="/docs">its reference</a>.</p>`,
  )
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Streamgauge</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 12vh auto 0; max-width: 26rem; padding: 0 1rem }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
input, button { margin-top: .25rem; padding: .5rem .75rem; border: 1px solid; border-radius: .375rem }
button { margin-top: 1rem; cursor: pointer }
[role=alert] { border-inline-start: 4px solid #c33; padding-inline-start: .75rem }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
