// The service of both ends. Messages are text.
const text = {
  requestSerialize: (value) => Buffer.from(value),
  requestDeserialize: String,
  responseSerialize: (value) => Buffer.from(value),
  responseDeserialize: String,
};

const method = (name, responseStream = false) => ({
  path: `/test.Test/${name}`,
  requestStream: false,
  responseStream,
  ...text,
});

export const service = { quick: method('quick'), slow: method('slow'), big: method('big', true) };
