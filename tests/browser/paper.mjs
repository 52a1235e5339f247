// A relay of paper for the harness's own tests: it is started like the relay, prints what the relay prints
// and serves pages with the same names on them. Where the relay must keep silent this one talks: it prints
// who came, and its visitor page keeps what is written. So the tests can see that the harness would notice.
//
//   node paper.mjs serve --demo --listen 127.0.0.1:PORT

import http from 'node:http'

const [host, port] = process.argv[process.argv.indexOf('--listen') + 1].split(':')

const conversation = `
  <ol role="log" aria-label="Samtalet"></ol>
  <form><label>Skriv här <textarea></textarea></label><button>Skicka</button></form>
  <script>
    document.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault()
      const { value } = document.querySelector('textarea')
      const item = document.createElement('li')
      item.textContent = value
      document.querySelector('ol').append(item)
      localStorage.setItem('kept', value)
      fetch('/said?text=' + encodeURIComponent(value))
    })
  </script>`

const pages = {
  '/': `
    <a role="button" href="/away">Lämna sidan</a>
    <button onclick="this.dataset.pressed = true">Fortsätt</button>
    <label><input type="radio" name="for" checked>För mig själv</label>
    <label><input type="radio" name="for">För någon annan</label>
    <label><input type="radio" name="for">I mitt arbete</label>
    <button onclick="place.textContent = 'Du är nummer 3 i kön.'">Starta chatten</button>
    <p role="status" id="place"></p>
    <button onclick="this.dataset.pressed = true">Avsluta chatten</button>
    <button>Avsluta nu</button>
    ${conversation}`,
  '/staff/': `
    <button role="switch" aria-checked="false" onclick="this.ariaChecked = true">I tjänst</button>
    <h2 id="line">Kön</h2><ul aria-labelledby="line"><li>En besökare</li></ul>
    <button onclick="document.querySelector('li').remove()">Ta nästa</button>
    <button onclick="this.dataset.pressed = true">Avsluta</button>
    <button>Avsluta nu</button>
    ${conversation}`,
  '/away': 'Vädret',
  '/said': '',
  // Neither no-store nor a wipe: this one may come back as it was.
  '/comes-back': '<script>onpageshow = (event) => { window.cameBack = event.persisted }</script>',
}

const head = `<!doctype html><html lang="sv"><title>Papper</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">`

const server = http.createServer((request, response) => {
  console.log('from', request.socket.remoteAddress, request.headers.host, request.headers['user-agent'])
  const page = pages[new URL(request.url, 'http://localhost').pathname]
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.writeHead(page === undefined ? 404 : 200)
  response.end(page === undefined ? '' : head + page)
})

// Like the relay: a port that is taken ends it with a sentence.
server.on('error', (error) => {
  console.error(`cannot listen on ${host}:${port}: ${error.code}`)
  process.exit(1)
})
server.listen(Number(port), host, () => {
  console.log(`visitor http://localhost:${port}/`)
  console.log(`staff http://localhost:${port}/staff/#paper`)
})
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeAllConnections()
})
