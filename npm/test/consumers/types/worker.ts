// A worker project: it has no DOM, and looks into the declarations of what it imports.
import { connect, type ConnectEvent, type Hub, HubCloseEvent, type PortCloseEvent, type TypedPort } from "entangle";
import "entangle/share";

declare const self: DedicatedWorkerGlobalScope;
interface Ask { question: string }
interface Answer { answer: number }

const log = (message: string) => void message;
const hub: Hub = connect(async () => "wss://hub.example/entangle", { connectTimeout: 1000, protocols: ["v1"], log });
const port: TypedPort<Answer, Ask> = hub.connectTo<Answer, Ask>("oracle");
port.postMessage({ question: "?" });
// @ts-expect-error it is no Ask
port.postMessage({ answer: 1 });
port.onmessage = ({ data }) => data.answer.toFixed();
// @ts-expect-error what comes is an Answer
port.onmessage = ({ data }) => data.question;
port.onclose = (event: PortCloseEvent) => event.reason === "refused" && event.text.length;
port.addEventListener("message", ({ data }) => data.answer.toFixed());
port.addEventListener("close", ({ reason }) => reason === "lost");
// @ts-expect-error there is no such reason
port.addEventListener("close", ({ reason }) => reason === "gone");
hub.onconnect = ({ ports: [caller], source, user }: ConnectEvent<Ask, Answer>) => {
  caller.onmessage = ({ data }) => caller.postMessage({ answer: data.question.length + user.length });
  // @ts-expect-error it is no Answer
  source.postMessage(1);
};
hub.onclose = (event) => event instanceof HubCloseEvent && event.code;
hub.addEventListener("error", ({ message }) => message.length);
const native: MessagePort = port; // it is one
self.postMessage("x", [native, hub.share()]);
addEventListener("message", ({ ports: [shared] }) => void connect(shared!));
void hub.close({ timeout: 5 }).then(({ undelivered }) => undelivered.toFixed());
new hub.BroadcastChannel("x").close();
