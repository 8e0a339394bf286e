import { onUnmounted, shallowRef } from 'vue';
import * as session from '/static/client/js/session.js';

const state = shallowRef(session.current());
const stop = session.subscribe((next) => {
  state.value = next;
});
onUnmounted(stop);
