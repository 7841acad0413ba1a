export const GET = () => new Response(Buffer.alloc(24 * 1024 * 1024, 'b'));
