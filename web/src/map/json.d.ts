// A file that is fetched when it is needed, by its address.
declare module "*.json?url" {
  const address: string;
  export default address;
}
