/** The product's mark: a message with a wave in it. */
export function Mark({ className = "size-9" }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={`${className} shrink-0 text-accent`} aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="currentColor" />
      <path
        className="fill-on-accent"
        d="M8 11.5c0-1.9 1.6-3.5 3.5-3.500h9c1.9 0 3.5 1.6 3.5 3.500v6c0 1.9-1.6 3.5-3.5 3.500h-4.700l-4.3 3.600c-.4.3-.9 0-.9-.4V21c-1.5-.4-2.6-1.8-2.6-3.500z"
      />
      <path
        d="M11.5 16.200c1.5 0 1.5-1.9 3-1.900s1.5 1.9 3 1.9 1.5-1.9 3-1.9"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinecap="round"
      />
    </svg>
  );
}
