// A central system for tests, made of `ocpp-rpc` in strict mode: its schemas judge every frame of both directions.
//
//     node central_system.js SOCKET
//
// listens for websockets at the local socket SOCKET. Whoever started it writes one order a line, `{"do": ..., ...}`, to
// its input, and for each gets one line: all that has happened since the last. It has no time of its own: the moment
// comes with the orders, nothing here waits for a timer, and an order is answered once there is nothing left to do.
// Not part of the product.
"use strict";

const http = require("http");
const readline = require("readline");
const { RPCServer } = require("ocpp-rpc");

const CALM_TURNS = 4; // of the event loop with no news: then everything that lay in a socket was read and answered

const behaviour = { password: null, registration: "Accepted", interval: 300, refused: [], transaction: 0 };
const clients = new Set();
let news = [];
let now = "";

const tell = (what, fields) => news.push({ what, ...fields });
const info = (token) => ({ idTagInfo: { status: behaviour.refused.includes(token) ? "Invalid" : "Accepted" } });

const ANSWERS = {
    Authorize: ({ idTag }) => info(idTag),
    BootNotification: () => ({
        status: behaviour.registration, currentTime: now, interval: behaviour.interval,
    }),
    DataTransfer: () => ({ status: "UnknownVendorId" }),
    Heartbeat: () => ({ currentTime: now }),
    SignCertificate: () => ({ status: "Accepted" }),
    StartTransaction: ({ idTag }) => ({ transactionId: ++behaviour.transaction, ...info(idTag) }),
    StopTransaction: ({ idTag }) => (idTag === undefined ? {} : info(idTag)),
};

function admit(accept, refuse, { identity, endpoint, protocols, password }) {
    const given = password === undefined ? null : password.toString("utf8");
    const fits = given === behaviour.password;
    tell(fits ? "admitted" : "refused", { identity, endpoint, protocols: [...protocols], hasPassword: given !== null });
    fits ? accept() : refuse(401, "Unauthorized");
}

function serve(client) {
    clients.add(client);
    const seen = new Set();
    client.on("message", ({ message, outbound }) => {
        tell("frame", { direction: outbound ? "to" : "from", text: message });
    });
    client.on("call", ({ outbound, payload: [, id] }) => {
        if (outbound) return;
        // OCPP-J 1.6 section 4.1.4: at most 36 characters, and never twice on one connection.
        if (id === "" || id.length > 36 || seen.has(id)) tell("wrong", { why: `message id ${JSON.stringify(id)}` });
        seen.add(id);
    });
    client.on("strictValidationFailure", ({ method, params, result, error, outbound }) => {
        const payload = JSON.stringify(result ?? params);
        tell("wrong", { why: `${outbound ? "to" : "from"} the charger, ${method}: ${error.message}: ${payload}` });
    });
    client.on("badMessage", ({ error, buffer }) => tell("wrong", { why: `${error.message}: ${buffer}` }));
    client.on("socketError", (error) => tell("wrong", { why: `websocket: ${error.message}` }));
    client.once("close", ({ code }) => {
        clients.delete(client);
        tell("closed", { code });
    });
    client.handle(({ method, params }) => (ANSWERS[method] ?? (() => ({})))(params));
    tell("connected", { protocol: client.protocol });
}

async function call({ number, action, payload }) {
    const [client] = [...clients].slice(-1);
    try {
        if (client === undefined) throw new Error("no charger is connected");
        tell("answer", { number, answer: await client.call(action, payload) });
    } catch (error) {
        tell("answer", { number, error: `${error.rpcErrorCode ?? error.name}: ${error.message}` });
    }
}

function obey(order) {
    switch (order.do) {
        case "look":
            return;
        case "behave":
            Object.assign(behaviour, order.as);
            return;
        case "call":
            call(order); // its answer comes when the charger has given it, with a later order
            return;
        case "drop":
            clients.forEach((client) => client.close({ code: 1001, reason: "bye" }));
            return;
        default:
            throw new Error(`no order ${order.do}`);
    }
}

async function calm() {
    for (let turns = 0, known = news.length; turns < CALM_TURNS; turns += 1) {
        await new Promise(setImmediate);
        if (news.length !== known) [turns, known] = [0, news.length];
    }
}

async function main(socket) {
    const server = new RPCServer({
        protocols: ["ocpp1.6"], strictMode: true, respondWithDetailedErrors: true,
        pingIntervalMs: 0, callTimeoutMs: Infinity,
    });
    server.auth(admit);
    server.on("client", serve);
    const listener = http.createServer().on("upgrade", server.handleUpgrade);
    await new Promise((done) => listener.listen(socket, done));
    process.stdout.write("ready\n");
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const order = JSON.parse(line);
        now = order.now;
        obey(order);
        await calm();
        process.stdout.write(`${JSON.stringify(news.splice(0))}\n`);
    }
    process.exit(0); // whoever started us is gone
}

main(process.argv[2]);
