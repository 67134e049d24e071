// page.js - for browsers: the answers, or what went wrong, posted to the server that the page is from.
import { answers } from './answers.js';

let text;
try {
  text = answers();
} catch (error) {
  text = String(error);
}
void fetch('/answers', { method: 'POST', body: text });
