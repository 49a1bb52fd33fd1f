/** What a browser finds at `/` until there is a console: the API, browsable. One page, nothing loaded from elsewhere. */
export const INDEX_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Skyferry</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
    background: #111; color: #ddd }
  a { color: #8cf } code, pre { font-family: ui-monospace, monospace }
  td { padding: .15rem .8rem .15rem 0; vertical-align: top }
  pre { background: #1b1b1b; padding: 1rem; overflow: auto; max-height: 28rem }
</style>
<h1>Skyferry</h1>
<p id="who">A station.</p>
<table id="api"></table>
<h2 id="title">Answer</h2>
<pre id="answer">Choose one of the GET routes above.</pre>
<script>
  const byId = id => document.getElementById(id)
  async function show(path) {
    byId('title').textContent = path
    const answer = await fetch(path)
    const body = await answer.text()
    let shown = body
    try { shown = JSON.stringify(JSON.parse(body), null, 2) } catch {}
    byId('answer').textContent = shown
  }
  async function start() {
    const station = await (await fetch('/v1/station')).json()
    byId('who').textContent = 'Station ' + station.name + ', version ' + station.version
    const { paths } = await (await fetch('/v1/openapi.json')).json()
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { summary }] of Object.entries(methods)) {
        const row = byId('api').insertRow()
        row.insertCell().textContent = method.toUpperCase()
        const cell = row.insertCell()
        if (method === 'get' && !path.includes('{') && path !== '/v1/stream') {
          const link = cell.appendChild(document.createElement('a'))
          link.href = path
          link.textContent = path
          link.onclick = event => { event.preventDefault(); show(path) }
        } else cell.appendChild(document.createElement('code')).textContent = path
        row.insertCell().textContent = summary
      }
    }
  }
  start().catch(error => { byId('answer').textContent = String(error) })
</script>
</html>
`
