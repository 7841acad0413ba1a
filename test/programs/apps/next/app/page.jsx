export default () => <p>quick</p>;
