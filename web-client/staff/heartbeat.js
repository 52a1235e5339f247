// A background tab's timers sleep, a worker's do not. The page answers every beat itself, so a frozen or crashed page
// stops answering and its seat ends with it.
// How often, in milliseconds, is the name it was given.
setInterval(() => postMessage(0), Number(self.name))
